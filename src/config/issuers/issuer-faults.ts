import { issuerNames } from '../authority/own-issuer.ts';
import { nearest } from '../../model/did-you-mean.ts';
import type { IssuerConfig } from './issuer-schema.ts';

/** The parts of a configuration that name each other. */
interface Named {
  readonly issuers: Readonly<Record<string, IssuerConfig>>;
  readonly authority: { readonly enabled: boolean };
  readonly roles: Readonly<Record<string, unknown>>;
  readonly publicUrl?: string | undefined;
  readonly listen: { readonly port: number };
  readonly fetch: { readonly allow: readonly string[] };
  readonly servers: Readonly<Record<string, { readonly issuers?: readonly string[] | undefined; readonly audience?: readonly string[] | undefined; readonly tokens: { readonly bound: string; readonly nonce: boolean; readonly withKey: boolean } }>>;
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const missing = (what: string, given: string, known: readonly string[]): string => {
  const meant = nearest(given, known);
  return `"${given}" is not ${what} of this file; ${meant === undefined ? `there is ${known.length === 0 ? 'none' : known.join(', ')}` : `did you mean ${meant}?`}`;
};

const among = (list: readonly string[] | undefined, { path, what, known }: { readonly path: readonly PropertyKey[]; readonly what: string; readonly known: readonly string[] }): readonly Fault[] =>
  (list ?? []).flatMap((given, at) => (known.includes(given) ? [] : [{ path: [...path, at], message: missing(what, given, known) }]));

/** Two entries for one issuer, or two issuers that vouch for one domain, would let one speak for the other. */
const doubled = (issuers: Named['issuers']): readonly Fault[] => {
  const entries = Object.entries(issuers);
  return entries.flatMap(([name, { issuer, emailDomains }], at) => {
    const before = entries.slice(0, at);
    const same = before.find(([, other]) => other.issuer === issuer);
    const domain = emailDomains.find((one) => before.some(([, other]) => other.emailDomains.includes(one)));
    return [
      ...(same === undefined ? [] : [{ path: ['issuers', name, 'issuer'], message: `is the issuer of "${same[0]}" already: one entry for each` }]),
      ...(domain === undefined ? [] : [{ path: ['issuers', name, 'emailDomains'], message: `has ${domain}, which another issuer vouches for already: two people could have one name` }]),
    ];
  });
};

/** The URLs that are fetched for an issuer, by the setting that names each. */
const fetchedFor = ({ issuer, discovery, jwksUri, keys, introspection }: IssuerConfig): readonly (readonly [string, string])[] => [
  ...(jwksUri === undefined && keys === undefined && discovery !== 'off' ? [['issuer', issuer] as const] : []),
  ...(jwksUri === undefined ? [] : [['jwksUri', jwksUri] as const]),
  ...(introspection === undefined ? [] : [['introspection', introspection.url] as const]),
];

/** Without leave nothing is fetched by http: such an issuer would start, and every token of it would get 503. */
const inPlain = ({ issuers, fetch }: Named): readonly Fault[] =>
  Object.entries(issuers).flatMap(([name, entry]) =>
    fetchedFor(entry).flatMap(([member, text]) => {
      const { protocol, hostname, port } = new URL(text);
      const host = `${hostname}:${port === '' ? '80' : port}`;
      return protocol === 'https:' || fetch.allow.includes(host) ? [] : [{ path: ['issuers', name, member], message: `is http, by which nothing is fetched unless fetch.allow names ${host}: write https, or allow it for development` }];
    }),
  );

const ofServers = ({ servers, issuers, authority, publicUrl, listen }: Named): readonly Fault[] =>
  Object.entries(servers).flatMap(([server, entry]) => {
    const names = issuerNames({ issuers, authority });
    const takesTokens = (entry.issuers ?? names).length > 0;
    const at = ['servers', server];
    return [
      ...among(entry.issuers, { path: [...at, 'issuers'], what: 'an issuer', known: names }),
      ...(takesTokens && publicUrl === undefined && listen.port === 0 && entry.audience === undefined ? [{ path: [...at, 'audience'], message: 'is missing, and nothing else says what tokens for this server are made for: give publicUrl, or audience here' }] : []),
      ...(!takesTokens && (entry.tokens.bound !== 'optional' || entry.tokens.nonce || entry.tokens.withKey) ? [{ path: [...at, 'tokens'], message: 'asks something of tokens, and the server accepts no issuer: name one under issuers' }] : []),
      ...(entry.tokens.nonce && entry.tokens.bound === 'mtls' ? [{ path: [...at, 'tokens', 'nonce'], message: 'is for DPoP proofs, and the server accepts tokens bound to certificates only' }] : []),
    ];
  });

/** Everything that the issuers of a configuration name and is not there, and what they contradict. */
export const issuerFaults = (config: Named): readonly Fault[] => [
  ...doubled(config.issuers),
  ...Object.entries(config.issuers).flatMap(([name, { roles, everyone }]) => [
    ...among(everyone, { path: ['issuers', name, 'everyone'], what: 'a role', known: Object.keys(config.roles) }),
    ...Object.entries(roles).flatMap(([given, list]) => among(list, { path: ['issuers', name, 'roles', given], what: 'a role', known: Object.keys(config.roles) })),
  ]),
  ...inPlain(config),
  ...ofServers(config),
];
