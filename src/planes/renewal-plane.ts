import type { Config } from '../config/schema.ts';
import type { Origin } from '../config/origins.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { CertifiedClient } from '../model/certificate.ts';
import { widen, type Identified, type Reply, type Routed } from '../model/exchange.ts';
import { admin } from '../pipeline/admin.ts';
import { RenewalRefused, type CertificateRenewal, type RenewedCertificate } from '../ports/certificate-renewal.ts';
import { buildTrail } from '../stages/audit/trail.ts';
import { buildAuthenticate } from '../stages/authenticate/authenticate.ts';
import { buildCertify } from '../stages/authenticate/certificate/certify.ts';
import { admit } from '../stages/listen/admit.ts';
import type { Plane } from '../stages/listen/http-server.ts';
import { buildRefuse } from '../stages/refuse/refuse.ts';
import { buildOriginChecks } from '../stages/route/origin.ts';
import { buildRenewalRoute } from '../stages/route/renewal-route.ts';
import type { Built } from './built.ts';
import { behindCertificate, byCertificate } from './certificates.ts';
import { allowedHosts } from './hosts.ts';

type Asked = Identified & { readonly request: Buffer; readonly client: CertifiedClient };

/** PKCS#10 as RFC 5967 §2 calls it, and as the programs that write PEM do. */
const REQUEST_TYPE = /^application\/(?:pkcs10|x-pem-file)$/i;

const RENEWED = 200;

/** A certificate of this very connection: of one that a proxy forwards nobody here has seen that its holder has the key. */
const ownClient = ({ certified }: Identified): CertifiedClient => {
  if (certified === undefined || certified.peer.forwarded === true) throw new GatewayError('certificate.missing', { reason: 'a certificate is renewed over a connection with that certificate' });
  return certified;
};

const renewed = async (authority: CertificateRenewal | undefined, { client, request }: Asked): Promise<RenewedCertificate> => {
  if (authority === undefined) throw new GatewayError('http.not-found', { reason: 'certificates.renewal names no authority' });
  try {
    return await authority.renew(client, request);
  } catch (error) {
    if (error instanceof RenewalRefused) throw new GatewayError(error.kind === 'request' ? 'certificate.request-invalid' : 'certificate.not-renewable', { reason: error.message });
    throw error;
  }
};

/** Whoever shows a good certificate of our authority gets one over it, with the same names; undefined where none is asked for, or nobody renews. */
export const buildRenewalPlane = (config: Config, origin: Origin, built: Built): Plane['handle'] | undefined => {
  if (config.certificates.renewal === undefined || origin.handshake === 'none') return undefined;
  const { base, policy, shield, limitAdmin } = built;
  const { world, catalog, sink, observe } = base;
  return admin<Routed, Asked>({
    open: buildTrail({ clock: world.clock, log: world.log, sink, catalog, observe, policy: policy.version, render: buildRefuse({ corsHeaders: () => ({}) }) }),
    admit,
    route: buildRenewalRoute(buildOriginChecks({ allowedHosts: allowedHosts(origin), allowedOrigins: new Set() }).checkHost),
    shield: (routed) => shield.check(routed),
    // Nothing else opens this: a key says nothing of who holds a certificate.
    authenticate: behindCertificate(buildCertify({ mode: 'request', register: base.certificates }), buildAuthenticate({ keyHeader: config.apiKeys.header.toLowerCase(), query: false, authenticators: [], opens: 'certificates', against: (principal) => base.denials.againstPerson(principal), byCertificate: byCertificate(config, base.certificates) }, shield)),
    limit: limitAdmin,
    permit: (identified) => widen(identified, { call: { kind: 'request', era: 'modern', id: identified.id, method: 'certificate/renew', params: {}, primitives: [{ kind: 'tool', name: identified.principal.subject }] } as const, client: ownClient(identified) }),
    async understand(identified) {
      if (!REQUEST_TYPE.test(identified.headers['content-type'] ?? '')) throw new GatewayError('http.media-type', { reason: 'Content-Type is not application/pkcs10' });
      return widen(identified as Identified & { readonly client: CertifiedClient }, { request: await identified.readBody() }); // permitted above; the stages between only add
    },
    async run(asked): Promise<Reply> {
      const { chain, fingerprint, notAfterMs } = await renewed(base.renewals.authority, asked);
      widen(asked, { changed: { count: 1, ids: [fingerprint] } });
      world.log.info('a client certificate was renewed', { client: asked.principal.subject, fingerprint, until: new Date(notAfterMs).toISOString() });
      return { kind: 'whole', status: RENEWED, headers: { 'Content-Type': 'application/pem-certificate-chain', 'Cache-Control': 'no-store' }, body: chain };
    },
  });
};
