import { byEc, byEd, byHmac, byRsa, claims, encode, header, mint, publicJwk, publicKey, withHeader, type Hostile, type KeyName } from './mint.ts';

const short = (value: unknown): string => String(JSON.stringify(value)).slice(0, 40);

const ALGORITHM = 'algorithm';
const NAMES = ['none', 'None', 'NONE', 'nOnE', 'noNe', ' none', 'none ', 'null', 'undefined'];

/** J01: no signature. */
const unsigned: readonly Hostile[] = [
  ...NAMES.map((alg) => ({ name: `alg ${short(alg)} and an empty third part`, token: `${encode(header({ alg }))}.${encode(claims())}.`, reason: 'signature is not base64url' })),
  ...NAMES.map((alg) => ({ name: `alg ${short(alg)} and a signature`, token: withHeader({ alg }), reason: ALGORITHM })),
  { name: 'the third part left out', token: `${encode(header())}.${encode(claims())}`, reason: 'of 2 parts' },
  { name: 'an empty third part', token: `${encode(header())}.${encode(claims())}.`, reason: 'signature is not base64url' },
  { name: 'alg none and two parts', token: `${encode(header({ alg: 'none' }))}.${encode(claims())}`, reason: 'of 2 parts' },
  { name: 'four parts', token: `${withHeader({})}.${encode('x')}`, reason: 'of 4 parts' },
  { name: 'six parts', token: `${withHeader({})}.a.b.c`, reason: 'of 6 parts' },
  { name: 'the header alone', token: `${encode(header())}.`, reason: 'of 2 parts' },
  ...[undefined, '', null, 7, [], {}, ['EdDSA'], true].map((alg) => ({ name: `alg ${short(alg)}`, token: withHeader({ alg }), reason: alg === undefined ? ALGORITHM : 'alg is no text' })),
];

const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

const secretsOf = (name: KeyName): readonly (readonly [string, string | Buffer])[] => {
  const pem = publicKey(name).export({ type: 'spki', format: 'pem' }).toString();
  return [
    ['its PEM', pem],
    ['its PEM without the last line end', pem.trimEnd()],
    ['its DER', publicKey(name).export({ type: 'spki', format: 'der' })],
    ['its JWK', JSON.stringify(publicJwk(name))],
    ['its JWK without more', JSON.stringify(publicKey(name).export({ format: 'jwk' }))],
  ];
};

/** J02: the public key as a password. */
const symmetric: readonly Hostile[] = [
  ...(['rsa', 'ec', 'ed'] as const).flatMap((name) =>
    Object.entries(HASHES).flatMap(([alg, hash]) =>
      secretsOf(name).map(([what, secret]) => ({ name: `${alg} under the public key ${name}, ${what}`, token: withHeader({ alg, kid: name }, byHmac(hash, secret)), reason: ALGORITHM })),
    ),
  ),
  ...['', 'secret', 'null', '\0'].map((secret) => ({ name: `HS256 under ${short(secret)}`, token: withHeader({ alg: 'HS256' }, byHmac('sha256', secret)), reason: ALGORITHM })),
];

const ATTACKER = 'https://attacker.example/keys';

/** J04: a key that the token brings along. */
const brought: readonly Hostile[] = [
  ...(['stranger', 'ed'] as const).flatMap((name) => [
    { name: `jwk of ${name}`, token: withHeader({ jwk: publicJwk(name), kid: name }, byEd(name)), reason: 'header has jwk' },
    { name: `jwk of ${name} under a good kid`, token: withHeader({ jwk: publicJwk(name) }, byEd(name)), reason: 'header has jwk' },
  ]),
  ...['jku', 'x5u'].flatMap((member) =>
    [ATTACKER, 'http://127.0.0.1:22/', 'http://169.254.169.254/latest/meta-data/', 'file:///etc/passwd', '', 7, null, [ATTACKER]].map((value) => ({
      name: `${member} ${short(value)}`, token: withHeader({ [member]: value }, byEd('stranger')), reason: `header has ${member}`,
    })),
  ),
  ...[['MIIB'], [], 'MIIB', null].map((value) => ({ name: `x5c ${short(value)}`, token: withHeader({ x5c: value }, byEd('stranger')), reason: 'header has x5c' })),
  { name: 'jwk null', token: withHeader({ jwk: null }), reason: 'header has jwk' },
  { name: 'another key without a word', token: withHeader({}, byEd('stranger')), reason: 'signature is wrong' },
];

/** J05: a kid that leads somewhere else. */
const keyIds: readonly Hostile[] = [
  ...['../../../../dev/null', '/etc/passwd', "' OR 1=1 --", "ed' UNION SELECT 'x", '__proto__', 'constructor', 'toString', 'ED', 'ed ', ' ed', 'ed\u0000', 'ed/', 'e\u0301d', 'https://attacker.example/k', '${jndi:ldap://a}', '*', '0'].map((kid) => ({
    name: `kid ${short(kid)}`, token: withHeader({ kid }), reason: kid.includes('\u0000') ? 'strict reader' : 'no key of its issuer',
  })),
  ...['', 'k'.repeat(257), 'k'.repeat(10_000), 7, 0, null, true, [], ['ed'], {}, { kid: 'ed' }].map((kid) => ({ name: `kid ${short(kid)}`, token: withHeader({ kid }), reason: 'kid is no text' })),
  { name: 'no kid where several keys could have signed', token: mint(header({ alg: 'RS256', kid: undefined }), claims(), byRsa()), reason: 'no kid, and not just one key' },
  { name: 'the kid of a key of another kind', token: withHeader({ kid: 'rsa' }), reason: 'no key of its issuer' },
  { name: 'a key of another issuer under its own kid', token: withHeader({ kid: 'partner' }, byEd('partner')), reason: 'no key of its issuer' },
  { name: 'a key of another issuer under a good kid', token: withHeader({}, byEd('partner')), reason: 'signature is wrong' },
  { name: 'the other issuer named, our key', token: mint(header({ kid: 'partner' }), claims({ iss: 'https://partner.example' })), reason: 'signature is wrong' },
  { name: 'a weak RSA key of the set', token: withHeader({ alg: 'RS256', kid: 'weak' }, byRsa('weak')), reason: 'no key of its issuer' },
  { name: 'a symmetric key of the set', token: withHeader({ alg: 'HS256', kid: 'oct' }, byHmac('sha256', 'symmetric-secret-of-the-set')), reason: ALGORITHM },
  { name: 'a key that is for encryption', token: withHeader({ kid: 'enc' }, byEd('enc')), reason: 'no key of its issuer' },
  { name: 'a key of the set that shows its private half', token: withHeader({ kid: 'bare' }, byEd('bare')), reason: 'no key of its issuer' },
];

const nested = (depth: number): string => (depth === 0 ? withHeader({}) : mint(header({ cty: 'JWT' }), nested(depth - 1)));

const encrypted = (head: object): string => [encode(head), encode('key'), encode('iv'), encode('text'), encode('tag')].join('.');

/** J06: what would be read in another way. */
const otherReadings: readonly Hostile[] = [
  ...[['exp'], ['b64'], ['http://example.com/UNDEFINED'], [], 'exp', null, ['alg'], ['crit'], [1]].map((crit) => ({ name: `crit ${short(crit)}`, token: withHeader({ crit, b64: true }), reason: 'header has crit' })),
  ...[false, true, 'false', null].map((b64) => ({ name: `b64 ${short(b64)}`, token: withHeader({ b64 }), reason: 'header has b64' })),
  ...['DEF', 'GZIP', '', null].map((zip) => ({ name: `zip ${short(zip)}`, token: withHeader({ zip }), reason: 'header has zip' })),
  ...[1, 2, 3, 4, 5].map((depth) => ({ name: `a token in a token, ${String(depth)} deep`, token: nested(depth), reason: 'header has cty' })),
  ...['JWT', 'jwt', 'application/json', 'jwk+json'].map((cty) => ({ name: `cty ${cty}`, token: withHeader({ cty }), reason: 'header has cty' })),
  ...[1_000_000_000, 1, 4096].map((p2c) => ({ name: `an encrypted token with ${String(p2c)} rounds`, token: encrypted({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c, p2s: 'c2FsdA' }), reason: 'an encrypted token' })),
  ...['dir', 'RSA-OAEP', 'RSA1_5', 'ECDH-ES', 'A128KW', 'A256GCMKW'].map((alg) => ({ name: `an encrypted token by ${alg}`, token: encrypted({ alg, enc: 'A256GCM', kid: 'rsa' }), reason: 'an encrypted token' })),
  { name: 'an encrypted token of empty parts', token: `${encode({ alg: 'dir', enc: 'A256GCM' })}....`, reason: 'an encrypted token' },
  ...['enc', 'epk', 'apu', 'apv', 'p2s', 'p2c'].map((member) => ({ name: `a signed token with ${member}`, token: withHeader({ [member]: 'A256GCM' }), reason: `header has ${member}` })),
];

const ZEROS = (length: number) => (): Buffer => Buffer.alloc(length);
const WRONG = 'signature is wrong';

/** J13: signatures that are none. */
const signatures: readonly Hostile[] = [
  { name: 'ECDSA with r = s = 0', token: withHeader({ alg: 'ES256', kid: 'ec' }, ZEROS(64)), reason: WRONG },
  { name: 'ECDSA in DER', token: withHeader({ alg: 'ES256', kid: 'ec' }, byEc('sha256', 'ec', 'der')), reason: WRONG },
  { name: 'ECDSA over SHA-384', token: withHeader({ alg: 'ES256', kid: 'ec' }, byEc('sha384')), reason: WRONG },
  { name: 'ECDSA by another curve', token: withHeader({ alg: 'ES256', kid: 'ec' }, byEc('sha256', 'ec384')), reason: WRONG },
  { name: 'ES384 by a key on P-256', token: withHeader({ alg: 'ES384', kid: 'ec' }, byEc('sha384')), reason: ALGORITHM },
  { name: 'ES256K', token: withHeader({ alg: 'ES256K', kid: 'ec' }, byEc()), reason: ALGORITHM },
  { name: 'RS256 that is PS256', token: withHeader({ alg: 'RS256', kid: 'rsa' }, byEd()), reason: WRONG },
  { name: 'RS1', token: withHeader({ alg: 'RS1', kid: 'rsa' }, byRsa()), reason: ALGORITHM },
  ...['eddsa', 'EDDSA', 'rs256', 'Rs256', 'Ed448', 'RS257', 'EdDSA ', 'SHA256withRSA'].map((alg) => ({ name: `alg ${alg}`, token: withHeader({ alg }), reason: ALGORITHM })),
  ...[1, 32, 63, 64, 65, 128, 256].map((length) => ({ name: `${String(length)} zero bytes for Ed25519`, token: withHeader({}, ZEROS(length)), reason: WRONG })),
  ...[255, 256, 257].map((length) => ({ name: `${String(length)} zero bytes for RSA`, token: withHeader({ alg: 'RS256', kid: 'rsa' }, ZEROS(length)), reason: WRONG })),
  ...[0, 1, 31, 62].map((at) => ({ name: `one bit of byte ${String(at)} turned`, token: withHeader({}, (input) => { const bytes = byEd()(input); bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at); return bytes; }), reason: WRONG })),
];

export const headerRows = { J01: unsigned, J02: symmetric, J04: brought, J05: keyIds, J06: otherReadings, J13: signatures };
