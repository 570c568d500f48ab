import { z } from 'zod';
import { readDistinguishedName } from '../../model/distinguished-name.ts';
import { durationMs } from '../../model/duration.ts';
import { name, permission } from '../policy/policy-schema.ts';
import { secretReference } from '../secret-reference.ts';

/** A length of time within bounds, such as `1h`. */
const span = (example: string, { least, most }: { readonly least: string; readonly most: string }) =>
  z.string().refine((text) => {
    const ms = durationMs(text);
    return ms !== undefined && ms >= (durationMs(least) ?? 0) && ms <= (durationMs(most) ?? 0);
  }, `is not a duration from ${least} to ${most}: write one such as ${example}`);

/** How long a token lives that opens something by itself: whoever has it needs nothing else. */
const accessToken = span('1h', { least: '1m', most: '24h' });
const refreshToken = span('30d', { least: '1h', most: '400d' });
/** RFC 9700 §4.14.2 asks for rotation, and real clients refresh twice at once (clients.md W5). */
const graceSeconds = z.number().int().min(0).max(120);

const redirectUri = z.string().max(2_000).regex(/^[a-z][a-z0-9+.-]*:[^\s#\\]+$/i, 'is not an absolute URL without a fragment');

/** One key, as RFC 7517 writes it. What is wrong with it is found when it is used. */
const keySet = z.strictObject({ keys: z.array(z.record(z.string(), z.json())).min(1).max(20) });

const pinned = z.record(z.string(), z.json()).refine(({ x5c }) => Array.isArray(x5c) && x5c.length > 0 && x5c.every((one) => typeof one === 'string'), 'has no x5c: write the certificate there, in base64 of its DER (RFC 7517 §4.7)');

const KINDS = ['subject', 'dns', 'uri', 'email', 'ip', 'keys'] as const;

/** How a client proves itself by the certificate of its connection: by one name in it, or by itself (RFC 8705 §2). */
const certificate = z.strictObject({
  subject: z.string().max(1_000).refine((text) => readDistinguishedName(text) !== undefined, 'is no distinguished name of RFC 4514: write what "openssl x509 -noout -subject -nameopt RFC2253" prints').optional().describe('The whole subject, as RFC 4514 writes it: `CN=nightly,OU=Data,O=Acme`.'),
  dns: z.string().min(1).max(253).optional().describe('A DNS name of it, in lower case.'),
  uri: z.string().min(1).max(2_000).optional().describe('A URI of it, such as a SPIFFE id.'),
  email: z.string().min(3).max(300).optional().describe('A mail address of it.'),
  ip: z.union([z.ipv4(), z.ipv6()]).optional().describe('An IP address of it.'),
  keys: z.strictObject({ keys: z.array(pinned).min(1).max(20) }).optional().describe('The certificates themselves, as a JWK set with `x5c`: nobody has to have signed them (`self_signed_tls_client_auth`).'),
}).refine((given) => KINDS.filter((kind) => given[kind] !== undefined).length === 1, `says just one of ${KINDS.join(', ')}`);

const client = z.strictObject({
  name: z.string().min(1).max(100).optional().describe('What people read on the page that asks them; its id unless given.'),
  redirectUris: z.array(redirectUri).max(50).prefault([]).describe('Where people may be sent back to, byte for byte; a loopback one matches any port.'),
  clientSecret: secretReference.optional().describe('Its secret, as a reference: `env:NAME`, `file:/path`, or one to a secret manager.'),
  keys: keySet.optional().describe('Its public keys, as a JWK set: it proves itself by `private_key_jwt`.'),
  certificate: certificate.optional().describe('It proves itself by the certificate of its connection (RFC 8705): by a name in one that is signed under `listen.tls.ca`, or by just those under `keys`.'),
  boundToCertificate: z.boolean().prefault(false).describe('Whether its tokens open over a connection with the certificate alone over which it got them.'),
  permissions: z.array(permission).optional().describe('What it may do for itself, with no person behind it (client credentials); it must be able to prove itself then.'),
  assertions: z.array(name).max(20).prefault([]).describe('Names under `issuers` whose identity assertions (ID-JAG) it may exchange for tokens of their people, without a browser; it must be able to prove itself then.'),
  accessToken: accessToken.optional().describe('How long its access tokens live, in place of `authority.accessToken`.'),
  refreshToken: refreshToken.optional().describe('How long its refresh tokens live.'),
  graceSeconds: graceSeconds.optional().describe('How long its last refresh token answers with its successor.'),
});

const host = z.string().regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/, 'is not a host in lower case, such as claude.ai');
const place = z.string().regex(/^(?:[a-z][a-z0-9+.-]{1,60}:|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/, 'is neither a host in lower case, such as claude.ai or localhost, nor a private scheme with its colon, such as cursor:');

/** Lifetimes for clients that nobody has agreed on, by what is known of them for sure. */
const lifetimes = z.strictObject({
  documents: z.array(host).min(1).optional().describe('Clients that are known by a metadata document at one of these hosts.'),
  redirects: z.array(place).min(1).optional().describe('Clients that registered themselves and are sent back to these places alone: hosts, `localhost` for this computer, private schemes such as `cursor:`.'),
  accessToken: accessToken.optional(),
  refreshToken: refreshToken.optional(),
  graceSeconds: graceSeconds.optional(),
})
  .refine(({ documents, redirects }) => (documents === undefined) !== (redirects === undefined), 'says either documents or redirects')
  .refine((rule) => rule.accessToken !== undefined || rule.refreshToken !== undefined || rule.graceSeconds !== undefined, 'says of no lifetime: give accessToken, refreshToken or graceSeconds');

/** What the gateway is told as an authorization server. */
export const authoritySchema = z.strictObject({
  enabled: z.boolean().prefault(false).describe('Whether the gateway issues access tokens itself, so that clients which know only OAuth can sign in.'),
  accessToken: accessToken.prefault('1h').describe('How long access tokens live.'),
  refreshToken: refreshToken.prefault('30d').describe('How long a refresh token lives; each use gives a new one.'),
  graceSeconds: graceSeconds.prefault(30).describe('How long a refresh token that was used answers with the same successor, for clients that ask twice at once; after that its family is revoked.'),
  lifetimes: z.array(lifetimes).max(100).prefault([]).describe('Other lifetimes (`accessToken`, `refreshToken`, `graceSeconds`) for some of the clients that nobody has agreed on: `documents` names hosts of their documents, `redirects` the only places that they are sent back to. The first entry that fits counts.'),
  session: z.strictObject({
    idle: span('8h', { least: '5m', most: '30d' }).prefault('8h').describe('A browser that was not seen for so long must sign in again.'),
    absolute: span('7d', { least: '5m', most: '90d' }).prefault('7d').describe('How long a browser stays signed in at most.'),
  }).prefault({}),
  registration: z.strictObject({
    dynamic: z.boolean().prefault(true).describe('Whether clients may register themselves (RFC 7591).'),
    documents: z.boolean().prefault(true).describe('Whether the URL of a client\'s own metadata document is its id, without registration.'),
    perHour: z.number().int().min(1).max(100_000).prefault(60).describe('Registrations of one address.'),
  }).prefault({}),
  redirectSchemes: z.array(z.string().regex(/^[a-z][a-z0-9+.-]{1,60}$/, 'is not a scheme in lower case, such as cursor')).prefault(['cursor', 'vscode', 'vscode-insiders', 'windsurf']).describe('Private schemes that a redirect URI may have, besides https and http on loopback.'),
  clients: z.record(z.string().regex(/^[A-Za-z0-9._~-]{1,100}$/, 'is not a client id: letters, digits, . _ ~ -'), client).prefault({}).describe('Clients that are agreed beforehand, by their id.'),
});

export type AuthorityConfig = z.infer<typeof authoritySchema>;
export type LifetimeRule = AuthorityConfig['lifetimes'][number];
export type AuthorityClientConfig = AuthorityConfig['clients'][string];
