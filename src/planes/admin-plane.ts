import { buildAdminRoute } from '../admin/http/http-route.ts';
import { buildAdminHttp } from '../admin/http/http.ts';
import { renderOpenApi } from '../admin/http/openapi.ts';
import { operations } from '../admin/operations/list.ts';
import { admin } from '../pipeline/admin.ts';
import { buildTrail } from '../stages/audit/trail.ts';
import { buildAuthenticate } from '../stages/authenticate/authenticate.ts';
import { buildCertify } from '../stages/authenticate/certificate/certify.ts';
import { admit } from '../stages/listen/admit.ts';
import { buildRefuse } from '../stages/refuse/refuse.ts';
import { buildOriginCheck } from '../stages/route/origin.ts';
import { requireJson } from '../stages/understand/media-headers.ts';
import { parseStrict } from '../stages/understand/strict-json.ts';
import { adminNeeds } from './admin-needs.ts';
import { behindCertificate } from './certificates.ts';
import { allowedHosts } from './hosts.ts';
import { waysInToAdmin } from './ways-in.ts';
import type { Origin } from '../config/origins.ts';
import type { Config } from '../config/schema.ts';
import type { Plane } from '../stages/listen/http-server.ts';
import type { Built } from './built.ts';

/** The stages of the admin plane. A key in the URL is never taken there, and there is no CORS. */
export const buildAdminPlane = (config: Config, origin: Origin, { base, policy, shield, limitAdmin }: Built): Plane['handle'] => {
  const { world, catalog, sink, observe } = base;
  const http = buildAdminHttp({
    needs: adminNeeds(base),
    names: config,
    document: JSON.stringify(renderOpenApi(operations)),
    readJson: ({ headers }, body) => {
      // An answer is always JSON here: whatever is accepted may be.
      requireJson({ ...headers, accept: undefined });
      return parseStrict(body);
    },
  });
  return admin({
    ...http,
    open: buildTrail({ clock: world.clock, log: world.log, sink, catalog, observe, policy: policy.version, render: buildRefuse({ corsHeaders: () => ({}) }) }),
    admit,
    limit: limitAdmin,
    route: buildAdminRoute({
      operations,
      checkHost: buildOriginCheck({ allowedHosts: allowedHosts(origin), allowedOrigins: new Set() }),
      publicOrigin: origin.publicUrl === undefined ? undefined : new URL(origin.publicUrl).origin,
    }),
    shield: (routed) => shield.check(routed),
    authenticate: behindCertificate(buildCertify({ mode: origin.certificates, register: base.certificates }), buildAuthenticate({ keyHeader: config.apiKeys.header.toLowerCase(), query: false, authenticators: waysInToAdmin(base), against: (principal) => base.denials.againstPerson(principal) }, shield)),
  });
};
