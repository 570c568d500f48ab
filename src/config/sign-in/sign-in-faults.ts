import { nearest } from '../../model/did-you-mean.ts';
import { originsOf, publicOriginOf } from '../origins.ts';
import { callbackPath, SHARED_CALLBACK, SHORT_CALLBACK } from './callback-paths.ts';
import type { SignInConfig } from './sign-in-schema.ts';

/** The parts of a configuration that name each other. */
type Named = Parameters<typeof originsOf>[0] & {
  readonly signIn: Readonly<Record<string, SignInConfig>>;
  readonly issuers: Readonly<Record<string, { readonly issuer: string; readonly emailDomains: readonly string[] }>>;
  readonly roles: Readonly<Record<string, unknown>>;
  readonly fetch: { readonly allow: readonly string[] };
  readonly directory?: { readonly provider: string } | undefined;
};

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

interface Vouching {
  readonly section: 'issuers' | 'signIn';
  readonly name: string;
  readonly issuer: string | undefined;
  readonly domains: readonly string[];
}

/** Whoever gives people names, the issuers of tokens first. */
const vouching = ({ issuers, signIn }: Named): readonly Vouching[] => [
  ...Object.entries(issuers).map(([name, { issuer, emailDomains }]): Vouching => ({ section: 'issuers', name, issuer, domains: emailDomains })),
  ...Object.entries(signIn).map(([name, { issuer, emailDomains }]): Vouching => ({ section: 'signIn', name, issuer, domains: emailDomains })),
];

/** Two providers of one name, or that vouch for one domain, would give two people one name. The same provider may be both. */
const doubled = (config: Named): readonly Fault[] => {
  const all = vouching(config);
  return all.flatMap(({ section, name, issuer, domains }, at): readonly Fault[] => {
    if (section === 'issuers') return [];
    const others = all.slice(0, at).filter((other) => other.section === 'signIn' || other.issuer !== issuer);
    const domain = domains.find((one) => others.some((other) => other.domains.includes(one)));
    return [
      ...(others.some((other) => other.section === 'issuers' && other.name === name) ? [{ path: ['signIn', name], message: 'is the name of another issuer under issuers: people of both would have one name; call it otherwise' }] : []),
      ...(domain === undefined ? [] : [{ path: ['signIn', name, 'emailDomains'], message: `has ${domain}, for which another provider vouches already: two people could have one name` }]),
    ];
  });
};

const ofRoles = ({ signIn, roles }: Named): readonly Fault[] => {
  const known = Object.keys(roles);
  const among = (list: readonly string[], path: readonly PropertyKey[]): readonly Fault[] =>
    list.flatMap((given, at) => {
      const meant = nearest(given, known);
      return known.includes(given) ? [] : [{ path: [...path, at], message: `"${given}" is not a role of this file; ${meant === undefined ? `there is ${known.length === 0 ? 'none' : known.join(', ')}` : `did you mean ${meant}?`}` }];
    });
  return Object.entries(signIn).flatMap(([name, entry]) => [
    ...among(entry.everyone, ['signIn', name, 'everyone']),
    ...Object.entries(entry.roles).flatMap(([group, list]) => among(list, ['signIn', name, 'roles', group])),
  ]);
};

/** What comes back must come back to us (R101, R104): a provider that sends codes elsewhere gives them to somebody else. */
const ofRedirects = (config: Named): readonly Fault[] => {
  const origins = originsOf(config).map(publicOriginOf);
  return Object.entries(config.signIn).flatMap(([name, entry]) => {
    if (entry.redirectUri === undefined) return [];
    const paths = [callbackPath(name, entry), ...(entry.kind === 'oidc' ? [] : [SHORT_CALLBACK])];
    const good = origins.flatMap((origin) => paths.map((path) => `${origin}${path}`));
    return good.includes(entry.redirectUri) ? [] : [{ path: ['signIn', name, 'redirectUri'], message: `is no address of this gateway, so nobody would ever come back: write ${good[0] ?? SHARED_CALLBACK}, and register the same at the provider` }];
  });
};

/** Without leave nothing is fetched by http. */
const inPlain = ({ signIn, fetch }: Named): readonly Fault[] =>
  Object.entries(signIn).flatMap(([name, entry]) =>
    (['issuer', 'url'] as const).flatMap((member) => {
      const text = entry[member];
      if (text === undefined) return [];
      const { protocol, hostname, port } = new URL(text);
      const host = `${hostname}:${port === '' ? '80' : port}`;
      return protocol === 'https:' || fetch.allow.includes(host) ? [] : [{ path: ['signIn', name, member], message: `is http, by which nothing is fetched unless fetch.allow names ${host}: write https, or allow it for development` }];
    }),
  );

/** Everything that `signIn` names and is not there, and what it contradicts. */
/** What stands before a colon in names of others: a person of such a provider could be called like one of them. */
const RESERVED: ReadonlySet<string> = new Set(['sallyport', 'os', 'issuer', 'client', 'directory', 'service']);

const ofNames = ({ signIn }: Named): readonly Fault[] =>
  Object.keys(signIn).flatMap((name) => (RESERVED.has(name) ? [{ path: ['signIn', name], message: 'is a name that the gateway keeps for itself: call the provider something else' }] : []));

const ofDirectory = ({ directory, signIn, issuers }: Named): readonly Fault[] =>
  directory === undefined || Object.hasOwn(signIn, directory.provider) || Object.hasOwn(issuers, directory.provider)
    ? []
    : [{ path: ['directory', 'provider'], message: `"${directory.provider}" is neither under signIn nor under issuers: its people could not be told` }];

export const signInFaults = (config: Named): readonly Fault[] => [
  ...(Object.keys(config.signIn).length > 0 && config.authority?.enabled !== true ? [{ path: ['signIn'], message: 'names providers, and nothing would come of signing in: write authority: {enabled: true}, or leave it out' }] : []),
  ...ofNames(config),
  ...doubled(config),
  ...ofRoles(config),
  ...ofRedirects(config),
  ...inPlain(config),
  ...ofDirectory(config),
];
