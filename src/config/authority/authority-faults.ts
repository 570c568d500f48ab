import { LOOPBACK_NAME, originsOf, type OriginSource } from '../origins.ts';
import { COMMAND_LINE_CLIENT } from '../../model/token/key-exchange.ts';
import type { AuthorityConfig } from './authority-schema.ts';
import { OWN_ISSUER, ownIssuerUrl } from './own-issuer.ts';

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Source = OriginSource & { readonly authority: AuthorityConfig };

/** How a client may prove itself; each is one way. */
const WAYS = ['clientSecret', 'keys', 'certificate'] as const;

const ofClients = (config: Source): readonly Fault[] => {
  const { authority: { clients }, issuers } = config;
  const hasCertificates = originsOf(config).find(({ accept }) => accept.has('oauth'))?.certificates !== 'none';
  return Object.entries(clients).flatMap(([id, entry]) => {
    const { redirectUris, permissions, assertions, certificate, boundToCertificate } = entry;
    const [way, ...more] = WAYS.filter((one) => entry[one] !== undefined);
    const at = (message: string, member?: string): Fault => ({ path: ['authority', 'clients', id, ...(member === undefined ? [] : [member])], message });
    return [
      ...(more.length > 0 ? [at(`is given, and ${more.join(' and ')} too: a client proves itself in one way`, way)] : []),
      ...(permissions !== undefined && way === undefined ? [at('are for a client that can prove itself: give it keys, a certificate or a clientSecret', 'permissions')] : []),
      ...(assertions.length > 0 && way === undefined ? [at('are for a client that can prove itself: give it keys, a certificate or a clientSecret', 'assertions')] : []),
      ...((certificate !== undefined || boundToCertificate) && !hasCertificates ? [at('is for connections with client certificates, and the listener of the authorization server asks for none: give it tls.ca, or forwardedCertificates', certificate === undefined ? 'boundToCertificate' : 'certificate')] : []),
      ...assertions.flatMap((issuer) => (Object.hasOwn(issuers, issuer) ? [] : [at(`name ${issuer}, which is not an issuer of this file`, 'assertions')])),
      ...(redirectUris.length === 0 && permissions === undefined && assertions.length === 0 ? [at('has neither redirectUris nor permissions nor assertions: nobody could get a token by it')] : []),
    ];
  });
};

/** What the authorization server contradicts, and where it would be unsafe. */
export const authorityFaults = (config: Source): readonly Fault[] => {
  const { authority, issuers, publicUrl } = config;
  if (!authority.enabled) return [];
  const origins = originsOf(config);
  if (!origins.some(({ accept }) => accept.has('oauth'))) return [{ path: ['authority', 'enabled'], message: 'is true, and no listener accepts tokens: add oauth to an accept' }];
  const issuer = ownIssuerUrl(config);
  if (issuer === undefined) return [{ path: ['authority', 'enabled'], message: 'is true, and nothing says under which URL: give publicUrl, or listen.port' }];
  const { protocol, hostname } = new URL(issuer);
  return [
    // OAuth 2.1 §1.5: codes and tokens travel in these URLs.
    ...(protocol === 'http:' && !LOOPBACK_NAME.test(hostname) ? [{ path: publicUrl === undefined ? ['authority', 'enabled'] : ['publicUrl'], message: 'is http, and codes and tokens of the authorization server would travel in the clear: put TLS in front and write https' }] : []),
    ...(Object.hasOwn(issuers, OWN_ISSUER) ? [{ path: ['issuers', OWN_ISSUER], message: 'is the name of the gateway\'s own issuer: call it something else' }] : []),
    ...(Object.hasOwn(authority.clients, COMMAND_LINE_CLIENT) ? [{ path: ['authority', 'clients', COMMAND_LINE_CLIENT], message: 'is the name of the gateway\'s own command line: call it something else' }] : []),
    ...ofClients(config),
  ];
};
