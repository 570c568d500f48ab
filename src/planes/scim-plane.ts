import { deny } from '../admin/deny.ts';
import { requireRight } from '../admin/http/http-permission.ts';
import type { Config } from '../config/schema.ts';
import { publicOriginOf, type Origin } from '../config/origins.ts';
import { buildAnswerScim, type ScimAsked } from '../directory/answer-scim.ts';
import { Directory } from '../directory/directory.ts';
import { scimFault } from '../directory/scim-fault.ts';
import { buildScimRoute, type ScimRouted } from '../directory/scim-route.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { widen, type Identified, type Reply } from '../model/exchange.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { admin } from '../pipeline/admin.ts';
import { buildTrail } from '../stages/audit/trail.ts';
import { buildAuthenticate } from '../stages/authenticate/authenticate.ts';
import { buildCertify } from '../stages/authenticate/certificate/certify.ts';
import { admit } from '../stages/listen/admit.ts';
import type { Plane } from '../stages/listen/http-server.ts';
import { buildRefuse } from '../stages/refuse/refuse.ts';
import { buildOriginChecks } from '../stages/route/origin.ts';
import { parseStrict } from '../stages/understand/strict-json.ts';
import type { Built } from './built.ts';
import { behindCertificate } from './certificates.ts';
import { allowedHosts } from './hosts.ts';
import { waysInToAdmin } from './ways-in.ts';

type Found = Identified & Pick<ScimRouted, 'scim'>;
type Asked = Found & { readonly body: JsonObject };

/** Directories send either; what is in it is JSON (RFC 7644 §3.1). */
const JSON_TYPE = /^application\/(?:scim\+)?json(?: *; *charset=(?:utf-8|"utf-8"))?$/i;

/** Keys, and nothing else: a directory is a program. */
const RIGHT = 'admin:people';

const readBody = (headers: Found['headers'], bytes: Buffer): JsonObject => {
  if (bytes.length === 0) return {};
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw new GatewayError('http.media-type', { reason: 'Content-Type is neither application/scim+json nor application/json' });
  try {
    const body = parseStrict(bytes);
    if (isJsonObject(body)) return body;
  } catch (error) {
    if (!(error instanceof GatewayError) || !error.code.startsWith('rpc.')) throw error;
  }
  throw scimFault('scim.invalid-syntax', 'the body is not one unambiguous JSON object');
};

/** What the directory says of people, in the list of denials; what somebody else has denied it takes back of nobody. */
const denials = ({ base: { store, world } }: Built, provider: string) => {
  const by = { name: `directory:${provider}` };
  const nobodys = { issuer: '', maxLifetimeMs: 0 };
  return {
    end: (names: readonly string[]): void => void deny(names.map((value) => ({ level: 'person', issuer: nobodys, value, reason: 'not active in the directory' })), { store, world }, by),
    resume(names: readonly string[]): void {
      for (const name of names) {
        const standing = store.denials.standing('person', '', name);
        if (standing?.by === by.name) store.denials.lift(standing.id);
      }
    },
  };
};

const VERBS: Readonly<Record<string, string>> = { GET: 'read', POST: 'create', PUT: 'replace', PATCH: 'change', DELETE: 'drop' };

const permit = (identified: Found): Found => {
  const { scim: { collection, id }, method } = identified;
  const named = widen(identified, { call: { kind: 'request', era: 'modern', id: identified.id, method: `directory/${VERBS[method] ?? 'read'}-${collection.toLowerCase()}`, params: {}, primitives: id === undefined ? [] : [{ kind: 'tool', name: id }] } as const });
  requireRight(identified.principal, RIGHT, method === 'GET');
  return named;
};

/** The stages for a company's directory (SCIM 2.0, RFC 7644); undefined where none is named. */
export const buildScimPlane = (config: Config, origin: Origin, built: Built): Plane['handle'] | undefined => {
  const { base, policy, shield, limitAdmin } = built;
  const { world, catalog, sink, observe, store } = base;
  const provider = config.directory?.provider;
  if (provider === undefined || !origin.admin) return undefined;
  const directory = new Directory({ store, world, provider, ...denials(built, provider) });
  const answer = buildAnswerScim(directory, store.directory, publicOriginOf(origin));
  return admin<ScimRouted, Asked>({
    open: buildTrail({ clock: world.clock, log: world.log, sink, catalog, observe, policy: policy.version, render: buildRefuse({ corsHeaders: () => ({}), dialect: 'scim' }) }),
    admit,
    route: buildScimRoute(buildOriginChecks({ allowedHosts: allowedHosts(origin), allowedOrigins: new Set() }).checkHost),
    shield: (routed) => shield.check(routed),
    authenticate: behindCertificate(buildCertify({ mode: origin.certificates, register: base.certificates }), buildAuthenticate({ keyHeader: config.apiKeys.header.toLowerCase(), query: false, authenticators: waysInToAdmin(base), against: (principal) => base.denials.againstPerson(principal) }, shield)),
    limit: limitAdmin,
    permit: (identified) => permit(identified as Found), // routed above; the stages between only add
    async understand(identified) {
      return widen(identified as Found, { body: readBody(identified.headers, await identified.readBody()) }); // the same
    },
    async run({ method, scim, query, body }): Promise<Reply> {
      const asked: ScimAsked = { method, scim, query: new URLSearchParams(query), body };
      const said = answer(asked);
      return { kind: 'whole', status: said.status, headers: { ...(said.body === undefined ? {} : { 'Content-Type': 'application/scim+json' }), 'Cache-Control': 'no-store' }, body: said.body === undefined ? '' : JSON.stringify(said.body) };
    },
  });
};
