import { AUDIENCE, byEd, claims, encode, header, ISSUER, mint, withClaims, withHeader, type Hostile, type Json } from './mint.ts';

const short = (value: unknown): string => String(JSON.stringify(value)).slice(0, 50);
const setting = (member: string, values: readonly unknown[], reason: string): readonly Hostile[] =>
  values.map((value) => ({ name: `${member} ${short(value)}`, token: withClaims({ [member]: value }), reason }));

const TYPES = ['', 'JWT', 'jwt', 'id_token+jwt', 'logout+jwt', 'application/logout+jwt', 'dpop+jwt', 'secevent+jwt', 'oauth-id-jag+jwt', 'client-authentication+jwt', 'invitation+jwt', 'token-introspection+jwt', 'oauth-authz-req+jwt', 'JOSE', 'at', 'at+jwt ', 'at_jwt', 'bat+jwt', 'rt+jwt', 'kb+jwt', 'entity-statement+jwt'];

/** J07: other kinds of tokens. */
const kinds: readonly Hostile[] = [
  ...TYPES.map((typ) => ({ name: `typ ${short(typ)}`, token: withHeader({ typ }), reason: typ === '' ? 'typ is no text' : 'is not one of the profile' })),
  { name: 'no typ', token: withHeader({ typ: undefined }), reason: 'is not one of the profile' },
  ...[7, null, ['at+jwt'], {}].map((typ) => ({ name: `typ ${short(typ)}`, token: withHeader({ typ }), reason: 'typ is no text' })),
  ...['nonce', 'at_hash', 'c_hash', 's_hash', 'htm', 'htu', 'ath'].map((member) => ({ name: `an ID token or a proof: ${member}`, token: withClaims({ [member]: 'x' }), reason: `has ${member}, which no access token has` })),
  { name: 'a logout token', token: withClaims({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }), reason: 'has events' },
  { name: 'a client assertion', token: withClaims({ sub: ISSUER }), reason: 'about its own issuer' },
  ...['client_id', 'jti', 'iat'].flatMap((member) => [undefined, null].map((value) => ({ name: `${member} ${short(value)}`, token: withClaims({ [member]: value }), reason: member === 'iat' && value === null ? 'has no iat' : `has no ${member}` }))),
];

const NEAR = [
  'https://gateway.example', 'https://gateway.example/', 'https://gateway.example/alpha', 'https://gateway.example/alpha/', 'https://gateway.example/alpha/mcp/', 'https://gateway.example/alpha/mcp/status',
  'https://gateway.example/beta/mcp', 'https://gateway.example/mcp', 'https://gateway.example/ALPHA/mcp', 'https://Gateway.example/alpha/mcp', 'HTTPS://gateway.example/alpha/mcp', 'http://gateway.example/alpha/mcp',
  'https://gateway.example:443/alpha/mcp', 'https://gateway.example:8443/alpha/mcp', 'https://gateway.example./alpha/mcp', 'https://gateway.example/alpha/mcp?', 'https://gateway.example/alpha/mcp#', 'https://gateway.example/alpha/mcp?x=1',
  'https://gateway.example/alpha/../alpha/mcp', 'https://gateway.example//alpha/mcp', 'https://gateway.example/alpha%2Fmcp', 'https://user@gateway.example/alpha/mcp', 'https://gateway.example.evil.example/alpha/mcp',
  ' https://gateway.example/alpha/mcp', 'https://gateway.example/alpha/mcp ', 'https://gateway.example/alpha/mcp\n', 'https://gateway.example/alpha/mcp,https://other', `${AUDIENCE} https://other`, 'alpha', 'gateway.example', '*', '', 'https://idp.example', 'client-1',
];

/** J08: for somebody else. */
const audiences: readonly Hostile[] = [
  ...setting('aud', [undefined, null, 7, 0, true, {}, { aud: AUDIENCE }, { 0: AUDIENCE, length: 1 }], 'names no recipient'),
  ...setting('aud', [[7], [null], [[AUDIENCE]], [{ aud: AUDIENCE }], [AUDIENCE, 7]], 'recipient that is no text'),
  ...setting('aud', [...NEAR, [], NEAR.slice(0, 10), ['https://gateway.example/', 'alpha/mcp']], 'not for this server'),
  { name: 'aud of more than fifty', token: withClaims({ aud: [...Array.from({ length: 50 }, (_, at) => `https://other/${String(at)}`), AUDIENCE] }), reason: 'names no recipient' },
  { name: 'resource instead of aud', token: withClaims({ aud: undefined, resource: AUDIENCE }), reason: 'names no recipient' },
];

const NO_TIME = [null, '', '4070908800', 'soon', true, [], [4_070_908_800], {}, -1, -0.5, 10_000_000_001, 4_070_908_800_000];

/** J10: at the wrong time. */
const times: readonly Hostile[] = [
  ...setting('exp', [undefined], 'has no exp'),
  ...['exp', 'nbf', 'iat'].flatMap((member) => setting(member, NO_TIME, 'no time in seconds').filter(({ name }) => name !== 'iat null')),
  ...setting('exp', [0, 1, 1_767_225_600, 1_767_229_200], 'has expired'),
  ...setting('nbf', [4_070_908_799, 9_999_999_999], 'not good yet'),
  ...setting('iat', [4_070_908_799, 9_999_999_999], 'issued in the future'),
  ...['1e308', '1e400', '-1e308', '9007199254740993', '00', '01767225600', '0x7fffffff', 'Infinity', 'NaN', '1e-400'].map((number) => ({
    name: `exp ${number}`, token: mint(header(), JSON.stringify(claims()).replace('4070908800', number)), reason: 'strict reader',
  })),
  { name: 'a life of more than a day where a day is the most', token: mint(header({ kid: 'short' }), claims({ iss: 'https://short.example' }), byEd('short')), reason: 'lives longer than maxLifetime' },
];

/** Who is spoken of, and by whom. */
const parties: readonly Hostile[] = [
  ...setting('iss', [undefined, null, '', 7, [ISSUER], { iss: ISSUER }, 'idp.example', 'https://idp.example/', 'https://IDP.example', 'http://idp.example', 'https://idp.example:443', 'https://idp.example.', ' https://idp.example', 'https://idp.example ', 'https://evil.example', 'https://idp.example@evil.example', '__proto__', 'constructor'], 'issuer that is not configured'),
  ...setting('sub', [undefined, null], 'has no sub'),
  ...setting('sub', ['', 7, ['user-1'], {}, true, 'a\u0001b', 'x'.repeat(600)], 'no plain text'),
  ...setting('client_id', ['', 7, [], {}], 'no plain text'),
  ...setting('groups', [7, {}, true, [7], [['a']], [null], Array.from({ length: 1001 }, (_, at) => `g${String(at)}`)], 'claim of the groups'),
  ...setting('roles', [7, {}, [{}]], 'claim of the roles'),
  ...setting('scope', [7, {}, [1]], 'claim of the scopes'),
  { name: 'groups left out because they are many', token: withClaims({ _claim_names: { groups: 'src1' } }), reason: 'leaves its groups out' },
  { name: 'groups left out, by another word', token: withClaims({ hasgroups: true }), reason: 'leaves its groups out' },
];

const THUMBPRINT = 'A'.repeat(43);

/** Bound to somebody. */
const bound: readonly Hostile[] = [
  { name: 'bound to a key and sent as a bearer', token: withClaims({ cnf: { jkt: THUMBPRINT } }), reason: 'sent as a bearer' },
  { name: 'bound to a certificate that is not there', token: withClaims({ cnf: { 'x5t#S256': THUMBPRINT } }), reason: 'another client certificate' },
  ...setting('cnf', [{}, { jwk: {} }, { jku: 'https://attacker.example' }, { kid: 'x' }, { 'x5t#S256': THUMBPRINT, osc: 1 }, { jkt: THUMBPRINT, jwk: {} }], 'bound in a way that is not known'),
  ...setting('cnf', [null, 7, 'x', [], true], 'cnf is no object'),
  ...setting('cnf', [{ jkt: '' }, { jkt: 7 }, { jkt: null }, { jkt: 'short' }, { 'x5t#S256': [THUMBPRINT] }], 'no thumbprint'),
];

const changed = (more: Json): string => {
  const [head, , signature] = withClaims({}).split('.');
  return `${head ?? ''}.${encode(claims(more))}.${signature ?? ''}`;
};

/** Changed after it was signed. */
const altered: readonly Hostile[] = [
  ...[{ sub: 'admin' }, { groups: ['admins'] }, { scope: 'alpha:*' }, { exp: 4_070_908_801 }, { aud: [AUDIENCE, 'x'] }, { jti: 'token-2' }].map((more) => ({ name: `changed to ${short(more)}`, token: changed(more), reason: 'signature is wrong' })),
  { name: 'the header of another', token: `${encode(header({ typ: 'application/at+jwt' }))}.${withClaims({}).split('.').slice(1).join('.')}`, reason: 'signature is wrong' },
];

export const claimRows = { J07: kinds, J08: audiences, J10: times, parties, bound, altered };
