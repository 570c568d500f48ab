import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Inbound, type Routed } from '../../model/exchange.ts';
import { ALIASES, PATHS } from '../paths.ts';

/** What a path of the authorization server leads to. */
export type Endpoint = 'metadata' | 'keys' | 'authorize' | 'resume' | 'token' | 'revoke' | 'introspect' | 'register' | 'device-code' | 'device' | 'device-resume' | 'session' | 'ask' | 'account' | 'login' | 'idp-start' | 'idp-callback' | 'profile' | 'leave';

interface Row {
  readonly endpoint: Endpoint;
  readonly methods: readonly string[];
  /** Whether any page may ask: there are no cookies in it, and the answer says nothing but to whoever proves himself. */
  readonly open?: true;
  /** Whether programs ask, of the gateway's own pages alone: there is a cookie in it, and errors are JSON. */
  readonly own?: true;
}

export type Destination = Row & {
  /** The path as the provider knows it. */
  readonly path: string;
  /** The id that follows it. */
  readonly uid?: string;
  /** The identity provider that it names. */
  readonly provider?: string;
};

export type AuthorityRouted = Routed & { readonly destination: Destination };

const { provider } = PATHS;

const ROWS: ReadonlyMap<string, Row> = new Map<string, Row>([
  [provider.jwks, { endpoint: 'keys', methods: ['GET'], open: true }],
  [provider.authorization, { endpoint: 'authorize', methods: ['GET'] }],
  [provider.token, { endpoint: 'token', methods: ['POST'], open: true }],
  [provider.revocation, { endpoint: 'revoke', methods: ['POST'], open: true }],
  [provider.introspection, { endpoint: 'introspect', methods: ['POST'], open: true }],
  [provider.registration, { endpoint: 'register', methods: ['POST'], open: true }],
  [provider.device_authorization, { endpoint: 'device-code', methods: ['POST'], open: true }],
  [provider.code_verification, { endpoint: 'device', methods: ['GET', 'POST'] }],
  [PATHS.account, { endpoint: 'account', methods: ['GET', 'POST'] }],
  [PATHS.login, { endpoint: 'login', methods: ['GET'] }],
  [PATHS.profile, { endpoint: 'profile', methods: ['GET'], own: true }],
  [PATHS.leave, { endpoint: 'leave', methods: ['POST'], own: true }],
  ...PATHS.callbacks.map((path) => [path, { endpoint: 'idp-callback', methods: ['GET'] }] as const satisfies readonly [string, Row]),
]);

/** Paths with the id of a question behind them. */
const WITH_ID: readonly (readonly [string, Row])[] = [
  [`${provider.authorization}/`, { endpoint: 'resume', methods: ['GET'] }],
  [`${provider.code_verification}/`, { endpoint: 'device-resume', methods: ['GET'] }],
  [`${PATHS.interaction}/`, { endpoint: 'ask', methods: ['GET', 'POST'] }],
];

/** Where people are sent to an identity provider, and where one of its own sends them back to. */
const OF_PROVIDER = /^\/auth\/oauth\/([a-z0-9][a-z0-9_-]{0,62})\/(start|callback)$/;

const UID = /^[A-Za-z0-9_-]{16,64}$/;

const METADATA: Row = { endpoint: 'metadata', methods: ['GET', 'HEAD'], open: true };
const WELL_KNOWN = ['oauth-authorization-server', 'openid-configuration'] as const;

/** Every place where clients look for the metadata: at the root, and with the path of a server before or behind (AS-2, clients.md W2). */
const metadataPaths = (serverPaths: readonly string[]): readonly string[] =>
  WELL_KNOWN.flatMap((name) => [`/.well-known/${name}`, ...serverPaths.flatMap((path) => [`/.well-known/${name}${path}`, `${path}/.well-known/${name}`])]);

const ROUTE = { server: 'oauth', kind: 'authority', environment: 'live', acceptedTools: new Set<string>(), timeoutMs: 0 } as const;

/** Finds what a path leads to; undefined where it is none of the authorization server's. */
export const buildDestinations = (serverPaths: readonly string[]): ((path: string) => Destination | undefined) => {
  const metadata = new Set(metadataPaths(serverPaths));
  const servers = new Set(serverPaths);
  return (path) => {
    // Nearly every request is for a server: it is told so first.
    if (servers.has(path)) return undefined;
    if (metadata.has(path)) return { ...METADATA, path };
    const plain = ALIASES.get(path) ?? path;
    const row = ROWS.get(plain);
    if (row !== undefined) return { ...row, path: plain };
    const [, idp, step] = OF_PROVIDER.exec(plain) ?? [];
    if (idp !== undefined) return { endpoint: step === 'start' ? 'idp-start' : 'idp-callback', methods: ['GET'], path: plain, provider: idp };
    const found = WITH_ID.find(([prefix]) => plain.startsWith(prefix));
    const uid = found === undefined ? '' : plain.slice(found[0].length);
    return found === undefined || !UID.test(uid) ? undefined : { ...found[1], path: plain, uid };
  };
};

/** Routes a request whose path is known to lead here. @throws GatewayError `http.not-found`, `http.method-not-allowed`, `http.host-refused` */
export const buildAuthorityRoute = (find: (path: string) => Destination | undefined, checkHost: (inbound: Inbound) => void): ((inbound: Inbound) => AuthorityRouted) =>
  (inbound) => {
    checkHost(inbound);
    const destination = find(inbound.path);
    if (destination === undefined) throw new GatewayError('http.not-found', { reason: 'the authorization server has no such path' });
    const methods = [...destination.methods, ...(destination.open === true ? ['OPTIONS'] : [])];
    if (!methods.includes(inbound.method)) throw new GatewayError('http.method-not-allowed', { reason: `method ${inbound.method} of ${destination.endpoint}`, headers: { Allow: methods.join(', ') } });
    return widen(inbound, { route: ROUTE, destination });
  };
