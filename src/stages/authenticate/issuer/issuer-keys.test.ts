import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { generateKeyPairSync } from 'node:crypto';
import { ISSUER, JWKS, METADATA, TokenRoom } from '../../../../test/world/token-room.ts';
import { TestKey } from '../../../../test/world/token-issuer.ts';
import type { JsonObject } from '../../../model/json.ts';
import { admitKey } from './admit-key.ts';

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

suite('The keys of an issuer', () => {
  test('are fetched at the start, before any token comes', async () => {
    const room = new TokenRoom();
    await settled();
    assert.equal(room.network.count(JWKS), 1);
  });

  test('are fetched anew before they are five minutes old', async () => {
    const room = new TokenRoom();
    await settled();
    room.clock.move(299_000);
    await settled();
    assert.equal(room.network.count(JWKS), 2);
  });

  test('[S01] ten thousand unknown kids fetch them once in 30 seconds, and known ones go on', async () => {
    const room = new TokenRoom();
    await room.opens(room.token());
    const stranger = new TestKey('ES256', 'stranger');
    room.clock.move(30_000);
    const before = room.network.count(JWKS);
    await Promise.all(Array.from({ length: 10_000 }, (_, at) => room.ask(stranger.sign(room.claims(), { kid: `kid-${String(at)}` }))));
    assert.equal(room.network.count(JWKS), before + 1);
    await room.opens(room.token());
    room.clock.move(29_000);
    await room.refuses(stranger.sign(room.claims()));
    assert.ok(room.network.count(JWKS) <= before + 1);
  });

  test('[S02] a new key works after one fetch; a token waits for it (R41)', async () => {
    const room = new TokenRoom();
    await room.opens(room.token());
    const next = new TestKey('RS256', 'key-2');
    room.network.script(JWKS, { keys: [room.key.jwk, next.jwk] });
    room.clock.move(30_000);
    await room.opens(next.sign(room.claims()));
    await room.opens(room.token({ jti: 'token-2' }));
  });

  const metadata: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['names another issuer', { issuer: 'https://evil.example', jwks_uri: JWKS }, /about another issuer/],
    ['names the issuer with a slash more', { issuer: `${ISSUER}/`, jwks_uri: JWKS }, /about another issuer/],
    ['names no issuer', { jwks_uri: JWKS }, /about another issuer/],
    ['names no keys', { issuer: ISSUER }, /no jwks_uri/],
    ['names keys on another host', { issuer: ISSUER, jwks_uri: 'https://evil.example/jwks' }, /another host/],
    ['names keys by plain http', { issuer: ISSUER, jwks_uri: 'http://idp.example/jwks' }, /jwks_uri is http/],
    ['names keys on another port', { issuer: ISSUER, jwks_uri: 'https://idp.example:8443/jwks' }, /another host/],
  ];
  for (const [what, document, reason] of metadata) {
    test(`[S07] metadata that ${what} is dropped, and no key is fetched`, async () => {
      const room = new TokenRoom({ network: { [METADATA]: document } });
      assert.equal((await room.refuses(room.token())).code, 'token.unchecked');
      assert.match(room.issuers.complaints().join(), reason);
      assert.equal(room.network.count(JWKS), 0);
      assert.equal(room.network.count('https://evil.example/jwks'), 0);
    });
  }

  test('may be on another host that the configuration names', async () => {
    const keys = 'https://keys.example/jwks';
    const room = new TokenRoom({ issuer: { keyHosts: ['keys.example'] }, network: { [METADATA]: { issuer: ISSUER, jwks_uri: keys } } });
    room.network.script(keys, { keys: [room.key.jwk] });
    await settled();
    room.clock.move(30_000);
    await room.opens(room.token());
  });

  test('are found by RFC 8414 where OpenID Connect is not spoken', async () => {
    const room = new TokenRoom({ network: { [METADATA]: new Error('404'), [`${ISSUER}/.well-known/oauth-authorization-server`]: { issuer: ISSUER, jwks_uri: JWKS } } });
    await room.opens(room.token());
  });

  test('that cannot be used leave the former ones in place, and the log says which and why (J13)', async () => {
    const room = new TokenRoom();
    await room.opens(room.token());
    room.network.script(JWKS, { keys: [{ kty: 'oct', k: 'AAAA' }] });
    room.clock.move(300_000);
    await settled();
    await room.opens(room.token());
    assert.ok(room.log.said('warn').includes('keys of an issuer are not used'));
    assert.match(room.issuers.complaints().join(), /no key that may be used/);
    assert.deepEqual(room.issuers.failing().map(({ name, what, tries }) => [name, what, tries]), [['corp', 'the keys of the issuer corp', 1]]);
    room.network.script(JWKS, { keys: [room.key.jwk] });
    room.clock.move(30_000);
    await settled();
    assert.deepEqual(room.issuers.failing(), []);
  });
});

suite('Pinned keys', () => {
  test('of which none may be used stop the start, and the message says why (J13)', () => {
    assert.throws(() => new TokenRoom({ issuer: { keys: { keys: [{ kty: 'oct', k: 'AAAA' }] } } }), /issuers\.corp\.keys: has no key that may be used: a key with private members/);
  });
});

suite('A reload', () => {
  test('keeps the keys of an issuer that stays, and lets those of another go: nobody fetches for them any more', async () => {
    const room = new TokenRoom();
    await settled();
    const [timers, fetched] = [room.clock.pending, room.network.count(JWKS)];
    room.follow({ issuer: ISSUER, emailDomains: ['company.com'] });
    await settled();
    assert.deepEqual([room.clock.pending, room.network.count(JWKS)], [timers, fetched]);
    room.follow(undefined);
    assert.equal(room.clock.pending, timers - 1);
  });

  test('that is refused takes nothing away', async () => {
    const room = new TokenRoom();
    await settled();
    const timers = room.clock.pending;
    assert.throws(() => room.follow({ issuer: 'https://other.example', keys: { keys: [{ kty: 'oct', k: 'AAAA' }] } }));
    assert.equal(room.clock.pending, timers);
  });
});

suite('A key of a set', () => {
  const rsa = (modulusLength: number, publicExponent = 65_537): JsonObject => ({ kty: 'RSA', ...JSON.parse(JSON.stringify(generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' }))) });
  const [good, ec] = [rsa(2048), { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }];

  const refused: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['RSA of 1024 bits', rsa(1024), /2048/],
    ['RSA with exponent 3', rsa(2048, 3), /exponent/],
    ['RSA with exponent 1', { ...good, e: 'AQ' }, /exponent/],
    ['RSA with an even exponent', { ...good, e: 'AQAA' }, /exponent/],
    ['a secret', { kty: 'oct', k: 'AAAA' }, /private/],
    ['private members', { ...ec, d: 'AAAA' }, /private/],
    ['another use', { ...good, use: 'enc' }, /another use/],
    ['operations without verify', { ...good, key_ops: ['encrypt'] }, /may not verify/],
    ['another curve', { ...ec, crv: 'secp256k1' }, /curve/],
    ['coordinates of another curve', { ...ec, crv: 'P-384' }, /curve/],
    ['an algorithm of another kind', { ...good, alg: 'ES256' }, /alg/],
    ['a symmetric algorithm', { ...good, alg: 'HS256' }, /alg/],
    ['X25519, which does not sign', { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }, /does not sign/],
    ['padding', { ...ec, x: `${'A'.repeat(43)}=` }, /curve/],
    ['a kid that is no text', { ...good, kid: 7 }, /kid/],
    ['no kind', {}, /another kind/],
  ];
  for (const [what, jwk, reason] of refused) {
    test(`[J13] is not used with ${what}`, () => {
      const admitted = admitKey(jwk);
      assert.ok(typeof admitted === 'string');
      assert.match(admitted, reason);
    });
  }

  test('is used for what it says, or for all that its kind can', () => {
    for (const [jwk, algorithms] of [[{ ...good, alg: 'PS256' }, ['PS256']], [ec, ['ES256']], [{ ...good, key_ops: ['verify'] }, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']]] as const) {
      const admitted = admitKey(jwk);
      assert.deepEqual(typeof admitted === 'string' ? admitted : admitted.algorithms, algorithms);
    }
  });
});
