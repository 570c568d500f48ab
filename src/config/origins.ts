import type { CertificateMode } from '../model/certificate.ts';
import type { AuthMethod } from '../model/principal.ts';
import type { ForwardedConfig } from './tls/forwarded-schema.ts';
import { certificateModeOf, connectionModeOf } from './tls/tls-mode.ts';
import type { TlsConfig } from './tls/tls-schema.ts';

/** One listener, as it is configured. */
interface Listed {
  readonly host: string;
  readonly port: number;
  readonly public: boolean;
  readonly publicUrl?: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly tls?: TlsConfig | undefined;
  readonly forwardedCertificates?: ForwardedConfig | undefined;
}

/** The parts of a configuration that say it. */
export interface OriginSource {
  readonly listen: Omit<Listed, 'publicUrl'> & { readonly admin: boolean; readonly accept?: readonly AuthMethod[] | undefined };
  readonly listeners: readonly (Listed & { readonly accept: readonly AuthMethod[] })[];
  readonly publicUrl?: string | undefined;
  readonly issuers: Readonly<Record<string, unknown>>;
  /** The gateway's own authorization server. */
  readonly authority?: { readonly enabled: boolean } | undefined;
}

/** One listener as clients see it: where it is, and by which ways it may be entered (clients.md W1). */
export interface Origin {
  readonly host: string;
  readonly port: number;
  readonly public: boolean;
  readonly publicUrl: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly accept: ReadonlySet<AuthMethod>;
  readonly admin: boolean;
  /** Whether it speaks TLS itself. */
  readonly secure: boolean;
  readonly certificates: CertificateMode;
  /** Whether an answer of its responder is stapled to its certificate. */
  readonly staple: boolean;
  /** How the connection itself is asked, whatever a proxy forwards. */
  readonly handshake: CertificateMode;
}

/** Whether there is anybody whose tokens could be accepted. */
const hasIssuer = ({ issuers, authority }: OriginSource): boolean => authority?.enabled === true || Object.keys(issuers).length > 0;

const tlsOf = (listed: Listed): Pick<Origin, 'secure' | 'staple' | 'certificates' | 'handshake'> => ({ secure: listed.tls !== undefined, staple: listed.tls?.staple === true, certificates: certificateModeOf(listed), handshake: connectionModeOf(listed.tls) });

/** Without a word about it: keys, and tokens where somebody issues any. */
const acceptOf = (config: OriginSource): readonly AuthMethod[] => config.listen.accept ?? (hasIssuer(config) ? ['api-key', 'oauth'] : ['api-key']);

/** The listeners of a configuration; the first is that of `listen`, and it alone has the admin API. */
export const originsOf = (config: OriginSource): readonly Origin[] => [
  { ...config.listen, ...tlsOf(config.listen), publicUrl: config.publicUrl, accept: new Set(acceptOf(config)) },
  ...config.listeners.map((entry) => ({ ...entry, ...tlsOf(entry), publicUrl: entry.publicUrl, accept: new Set<AuthMethod>(entry.accept), admin: false })),
];

/** Names of this very machine, as they stand in a URL. */
export const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** A host as it stands in a URL. */
export const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** The origin that clients use: the configured one, or the address itself while nobody else can reach it. Never guessed from a request. */
export const publicOriginOf = ({ publicUrl, host, port, secure }: Pick<Origin, 'publicUrl' | 'host' | 'port' | 'secure'>): string =>
  publicUrl === undefined ? `${secure ? 'https' : 'http'}://${inUrl(host)}:${String(port)}` : new URL(publicUrl).origin;

/** The URL of an endpoint, as its clients know it; undefined where no port is said before it is bound. */
export const publicUrlOf = (origin: Origin, path: string): string | undefined => (origin.publicUrl === undefined && origin.port === 0 ? undefined : `${publicOriginOf(origin)}${path}`);

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What listeners contradict. */
export const originFaults = (config: OriginSource & { readonly servers: Readonly<Record<string, { readonly tokens: { readonly withKey: boolean }; readonly clientCa?: readonly string[] | undefined }>> }): readonly Fault[] => {
  const origins = originsOf(config);
  const listed: readonly Listed[] = [config.listen, ...config.listeners];
  const at = (index: number, member: string): readonly PropertyKey[] => (index === 0 ? (member === 'publicUrl' ? [member] : ['listen', member]) : ['listeners', index - 1, member]);
  const faults: Fault[] = [];
  for (const [index, origin] of origins.entries()) {
    const before = origins.slice(0, index);
    if (origin.port !== 0 && before.some(({ host, port }) => host === origin.host && port === origin.port)) faults.push({ path: at(index, 'port'), message: 'is taken by another listener of this file: choose another' });
    if (origin.publicUrl !== undefined && before.some((other) => other.publicUrl !== undefined && publicOriginOf(other) === publicOriginOf(origin))) faults.push({ path: at(index, 'publicUrl'), message: 'is that of another listener: clients could not tell which ways in are open; give each its own' });
    if (origin.secure && origin.publicUrl?.startsWith('http:') === true) faults.push({ path: at(index, 'publicUrl'), message: 'is http, and the listener speaks TLS: write https' });
    if (listed[index]?.forwardedCertificates?.secret === undefined && listed[index]?.forwardedCertificates !== undefined && origin.handshake === 'none') faults.push({ path: at(index, 'forwardedCertificates'), message: 'is proven by the certificate of the proxy, and the listener asks for none: name its issuer as tls.ca, or add secret' });
    if (origin.accept.has('mtls') && origin.certificates === 'none') faults.push({ path: at(index, 'accept'), message: 'has mtls, and no client is asked for a certificate: name the files with those who issue them as tls.ca' });
    if (origin.accept.has('oauth') && !hasIssuer(config)) faults.push({ path: at(index, 'accept'), message: 'has oauth, and no issuer is named whose tokens could be accepted: name one under issuers' });
  }
  if (Object.keys(config.issuers).length > 0 && !origins.some(({ accept }) => accept.has('oauth'))) faults.push({ path: ['issuers'], message: 'are named, and no listener accepts their tokens: add oauth to an accept' });
  const certified = Object.entries(config.servers).find(([, { clientCa }]) => clientCa !== undefined)?.[0];
  if (certified !== undefined && origins.every(({ certificates }) => certificates === 'none')) faults.push({ path: ['servers', certified, 'clientCa'], message: 'is given, and no client is asked for a certificate: name the files with those who issue them as tls.ca' });
  const asksBoth = Object.entries(config.servers).find(([, { tokens }]) => tokens.withKey)?.[0];
  if (asksBoth !== undefined && !origins.some(({ accept }) => accept.has('oauth') && accept.has('api-key'))) {
    faults.push({ path: ['servers', asksBoth, 'tokens', 'withKey'], message: 'asks for a key and a token, and no listener accepts both: write accept: [api-key, oauth]' });
  }
  return faults;
};
