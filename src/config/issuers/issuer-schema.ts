import { z } from 'zod';
import { DURATION_PATTERN } from '../../model/duration.ts';
import { ALGORITHMS, PROFILE_NAMES } from '../../model/token/token-profile.ts';
import { name } from '../policy/policy-schema.ts';
import { secretReference } from '../secret-reference.ts';

const duration = (example: string) => z.string().regex(DURATION_PATTERN, `is not a duration: write one such as ${example}`);
const webUrl = z.url({ protocol: /^https?$/, message: 'must be an absolute http or https URL' });

const path = z.string().min(1).max(200);

/** One scope (RFC 6749 §3.3). `offline_access` is between the client and the issuer (RS-5). */
export const scope = z.string().max(200).regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'is not a scope: no space, quote or backslash').refine((text) => text !== 'offline_access', 'is asked for by clients alone, never by a resource');

const claims = z.strictObject({
  subject: path.optional().describe('Who the person is at this issuer.'),
  email: path.optional().describe('The address; it is a name only where `emailDomains` has its domain.'),
  name: path.optional().describe('The name that people see.'),
  groups: path.optional().describe('The groups, as a list.'),
  roles: path.optional().describe('The roles, as a list.'),
  scopes: path.optional().describe('The scopes, as a list or as one text with spaces.'),
  client: path.optional().describe('The client that the token was issued to.'),
  group: path.optional().describe('The one group that the audit trail shows; without it the first of the groups.'),
  extra: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/, 'is not a name that an expression could use'), path).prefault({}).describe('Further claims for rules: `principal.claims.NAME` by the place where it stands.'),
});

const introspection = z.strictObject({
  url: webUrl.describe('The introspection endpoint (RFC 7662).'),
  clientId: z.string().min(1).max(200).describe('The client that the gateway is at this issuer.'),
  clientSecret: secretReference.describe('Its secret, as a reference: `env:NAME`, `file:/path`, or one to a secret manager.'),
  cacheSeconds: z.number().int().min(0).max(300).prefault(10).describe('How long an answer is believed, and so how late the end of a token may be seen.'),
});

/** One key, as RFC 7517 writes it. What is wrong with it is found when it is read. */
const keySet = z.strictObject({ keys: z.array(z.record(z.string(), z.json())).min(1) });

/** An issuer that accepts every tenant's people would accept anybody: each tenant has an issuer of its own. */
const MANY_TENANTS = /\{tenantid\}|\/(?:common|organizations|consumers)(?:\/|$)/i;

const shape = z.strictObject({
  issuer: webUrl.describe('The issuer, byte for byte as its tokens and its metadata say it.'),
  profile: z.enum(PROFILE_NAMES).prefault('rfc9068').describe('How its access tokens look ([oauth.md](oauth.md#profiles)).'),
  discovery: z.enum(['auto', 'oidc', 'oauth', 'off']).prefault('auto').describe('How its keys are found: by OpenID Connect Discovery, RFC 8414, whichever answers, or not at all.'),
  jwksUri: webUrl.optional().describe('Where its keys are, in place of discovery.'),
  keyHosts: z.array(z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?$/, 'is not a lower-case host name')).prefault([]).describe('Further hosts on which its metadata may say the keys are.'),
  keys: z.union([z.string().regex(/^file:./, 'must be file:/path or a key set'), keySet]).optional().describe('Its keys, in place of discovery: a JWK set, or `file:/path` of one.'),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1).optional().describe('Signatures that are accepted; those of the profile unless given.'),
  claims: claims.prefault({}).describe('Where its tokens say what, where that is not as in the profile. A place is a name, or names with dots between.'),
  emailDomains: z.array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'is not a lower-case domain')).prefault([]).describe('Domains whose addresses it vouches for: people are then called by their address, else by `NAME:subject`.'),
  roles: z.record(z.string().min(1).max(200), z.array(name)).prefault({}).describe('Roles by a role or group of the token. What is not listed is the role of the same name, if there is one.'),
  everyone: z.array(name).prefault([]).describe('Roles of everybody with a token of it.'),
  maxLifetime: duration('24h').prefault('24h').describe('The longest life of a token that is accepted.'),
  leewaySeconds: z.number().int().min(0).max(300).prefault(60).describe('How far its clock may be off.'),
  introspection: introspection.optional().describe('Where opaque tokens are asked about.'),
  logout: z.strictObject({
    audience: z.array(z.string().min(1).max(500)).min(1).describe('What `aud` of its logout tokens has in it: the id of the client that the gateway is there.'),
  }).optional().describe('Takes its back-channel logouts, at `/issuers/NAME/logout` ([revocation.md](revocation.md#notices-of-issuers)).'),
  revocation: z.strictObject({
    clientId: z.string().min(1).max(200).describe('The name by which it proves itself.'),
    clientSecret: secretReference.describe('The secret that was agreed with it, as a reference: `env:NAME`, `file:/path`, or one to a secret manager.'),
  }).optional().describe('Lets it revoke tokens, at `/issuers/NAME/revoke`.'),
});

type Shape = z.infer<typeof shape>;

const withUser = (urls: readonly (readonly [string, string | undefined])[]): readonly { readonly path: string; readonly message: string }[] =>
  urls.flatMap(([member, url]) => (url !== undefined && /^[^/]*\/\/[^/]*@/.test(url) ? [{ path: member, message: 'has a user in its URL: no issuer has one, and a secret does not belong in the file' }] : []));

/** What contradicts itself, and what would accept more than anybody means. */
const faultsOf = ({ issuer, jwksUri, keys, discovery, profile, introspection: asks, keyHosts }: Shape): readonly { readonly path: string; readonly message: string }[] => [
  ...(MANY_TENANTS.test(issuer) ? [{ path: 'issuer', message: 'stands for every tenant, so anybody could make a token of it: write the id of your tenant, and one issuer for each' }] : []),
  ...(/[?#]/.test(issuer) ? [{ path: 'issuer', message: 'has a query or a fragment, which no issuer has (RFC 8414 §2)' }] : []),
  ...withUser([['issuer', issuer], ['jwksUri', jwksUri], ['introspection', asks?.url]]),
  ...(profile === 'okta' && !new URL(issuer).pathname.includes('/oauth2/') ? [{ path: 'issuer', message: 'is the org authorization server of Okta, whose tokens are for Okta alone: use a custom one, such as https://NAME.okta.com/oauth2/default' }] : []),
  ...(jwksUri !== undefined && keys !== undefined ? [{ path: 'keys', message: 'are given, and jwksUri too: leave one out' }] : []),
  ...(keyHosts.length > 0 && (jwksUri !== undefined || keys !== undefined) ? [{ path: 'keyHosts', message: 'matters only for discovery: leave it out' }] : []),
  ...(discovery === 'off' && jwksUri === undefined && keys === undefined && asks === undefined ? [{ path: 'discovery', message: 'is off, and there is neither jwksUri nor keys nor introspection: no token of it could be checked' }] : []),
];

/** An entry of `issuers`. */
export const issuerSchema = shape.superRefine((entry, context) => {
  for (const { path: member, message } of faultsOf(entry)) context.addIssue({ code: 'custom', path: [member], message });
});

export type IssuerConfig = z.infer<typeof issuerSchema>;

/** What a server says of tokens, and of certificates beside them. */
export const serverTokens = {
  besideCertificate: z.boolean().prefault(false).describe('Whether a key or a token may come over a connection whose client certificate is a way in too (`accept` has `mtls`): the key or token then says who calls. Without it they are two credentials and refused, unless the token is bound to the certificate.'),
  clientCa: z.union([z.string().min(1).max(4_096).transform((one): readonly string[] => [one]), z.array(z.string().min(1).max(4_096)).min(1)]).optional().describe('Files with the certificates of those whose client certificates are good at this server, among those under `tls.ca` or below them; all of them unless given. A certificate of anybody else is none here.'),
  issuers: z.array(name).optional().describe('Names of the issuers whose tokens it accepts; all of `issuers` unless given.'),
  audience: z.array(z.string().min(1).max(500)).min(1).optional().describe('What `aud` of a token must have in it, byte for byte; the server\'s public URLs unless given.'),
  tokens: z.strictObject({
    bound: z.enum(['optional', 'dpop', 'mtls', 'any-bound']).prefault('optional').describe('Whether tokens must be bound to their sender: by DPoP, by a client certificate, or by either. A bound token is always checked.'),
    withKey: z.boolean().prefault(false).describe('Whether every request must bring a key in its header and a token, both good: it may do what both allow.'),
    nonce: z.boolean().prefault(false).describe('Whether a DPoP proof must carry a nonce of the gateway.'),
  }).prefault({}),
  scopes: z.strictObject({
    baseline: z.array(scope).prefault([]).describe('Scopes that clients are told to ask for first: in the challenge of a request without a token and in the metadata. Without any, clients ask for what they like; authorization servers refuse scopes they do not know.'),
    stepUp: z.record(z.string().regex(/^\S+$/, 'is not the name or glob of a tool'), z.array(scope).min(1)).prefault({}).describe('Scopes that a token must have besides what permits the call, by tool or glob, such as `delete_*: [crm:write]`. A client that lacks one is told all of them at once.'),
  }).prefault({}),
};
