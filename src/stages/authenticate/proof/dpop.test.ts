import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { TestKey } from '../../../../test/world/token-issuer.ts';
import { TokenRoom } from '../../../../test/world/token-room.ts';
import { GatewayError } from '../../../errors/gateway-error.ts';
import { ReplayGuard } from './replay-guard.ts';

/** RFC 9449: a stolen token is of no use without the key it is bound to. */

const HTU = 'http://127.0.0.1:3210/alpha/mcp';
const REQUEST = { path: '/alpha/mcp', method: 'POST' } as const;
const holder = new TestKey('ES256', 'holder');

type Section = Readonly<Record<string, unknown>>;

const publicOf = ({ jwk: { kid: _kid, use: _use, alg: _alg, ...members } }: TestKey): Section => members;
const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

class DpopRoom extends TokenRoom {
  #count = 0;
  readonly bound = this.token({ cnf: { jkt: holder.thumbprint } });

  proof({ claims = {}, header = {}, key = holder }: { readonly claims?: Section; readonly header?: Section; readonly key?: TestKey } = {}): string {
    this.#count += 1;
    const good = { jti: `proof-${String(this.#count)}`, htm: 'POST', htu: HTU, iat: Math.floor(this.clock.nowMs() / 1000), ath: athOf(this.bound) };
    return key.sign({ ...good, ...claims }, { typ: 'dpop+jwt', kid: undefined, jwk: publicOf(key), ...header });
  }

  how(proof: string | undefined) {
    return { ...REQUEST, place: 'dpop', headers: proof === undefined ? {} : { dpop: proof } } as const;
  }
}

suite('A token that is bound to a key', () => {
  for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
    test(`opens with a proof by that key, in ${algorithm}, first and remembered`, async () => {
      const [room, key] = [new DpopRoom(), new TestKey(algorithm, 'holder')];
      const token = room.token({ cnf: { jkt: key.thumbprint } });
      for (let round = 0; round < 2; round += 1) await room.opens(token, room.how(room.proof({ key, claims: { ath: athOf(token) } })));
    });
  }

  test('is refused as a bearer, with a proof and without (§7.1)', async () => {
    const room = new DpopRoom();
    for (const headers of [{}, { dpop: room.proof() }]) assert.match((await room.refuses(room.bound, { ...REQUEST, headers })).circumstances.reason, /sent as a bearer/);
  });

  test('and one that is not bound proves nothing under that scheme', async () => {
    const room = new DpopRoom();
    assert.match((await room.refuses(room.token(), room.how(room.proof()))).circumstances.reason, /not bound to a key/);
  });

  const wrong: readonly (readonly [string, (room: DpopRoom) => string | undefined, RegExp])[] = [
    ['no proof', () => undefined, /is missing/],
    ['an empty proof', () => '', /unreadable/],
    ['two proofs in one line', (room) => `${room.proof()}, ${room.proof()}`, /unreadable/],
    ['another method', (room) => room.proof({ claims: { htm: 'GET' } }), /another method/],
    ['another path', (room) => room.proof({ claims: { htu: 'http://127.0.0.1:3210/beta/mcp' } }), /another URL/],
    ['another host', (room) => room.proof({ claims: { htu: 'http://localhost:3210/alpha/mcp' } }), /another URL/],
    ['another scheme', (room) => room.proof({ claims: { htu: 'https://127.0.0.1:3210/alpha/mcp' } }), /another URL/],
    ['no URL', (room) => room.proof({ claims: { htu: '/alpha/mcp' } }), /another URL/],
    ['a time 61 seconds ago', (room) => room.proof({ claims: { iat: Math.floor(room.clock.nowMs() / 1000) - 61 } }), /last minute/],
    ['a time 61 seconds ahead', (room) => room.proof({ claims: { iat: Math.floor(room.clock.nowMs() / 1000) + 61 } }), /last minute/],
    ['no time', (room) => room.proof({ claims: { iat: undefined } }), /last minute/],
    ['no token named', (room) => room.proof({ claims: { ath: undefined } }), /another access token/],
    ['another token named', (room) => room.proof({ claims: { ath: athOf('x') } }), /another access token/],
    ['no jti', (room) => room.proof({ claims: { jti: undefined } }), /no jti/],
    ['a jti that is no text', (room) => room.proof({ claims: { jti: 7 } }), /no jti/],
    ['another type', (room) => room.proof({ header: { typ: 'at+jwt' } }), /another type/],
    ['no key', (room) => room.proof({ header: { jwk: undefined } }), /no key/],
    ['another key', (room) => room.proof({ key: new TestKey('ES256', 'thief') }), /another key/],
    ['the right key shown, another used', (room) => room.proof({ key: new TestKey('ES256', 'thief'), header: { jwk: publicOf(holder) } }), /wrong signature/],
    ['a private key shown', (room) => room.proof({ header: { jwk: holder.privateKey.export({ format: 'jwk' }) } }), /private members/],
    ['a symmetric algorithm', (room) => room.proof({ header: { alg: 'HS256' } }), /does not fit/],
    ['no algorithm', (room) => room.proof({ header: { alg: 'none' } }), /does not fit/],
    ['a critical header', (room) => room.proof({ header: { crit: ['exp'] } }), /has crit/],
  ];
  for (const [what, make, reason] of wrong) {
    test(`is refused with ${what} (§4.3)`, async () => {
      const room = new DpopRoom();
      const { code, circumstances } = await room.refuses(room.bound, room.how(make(room)));
      assert.equal(code, 'token.proof');
      assert.match(circumstances.reason, reason);
      await room.opens(room.bound, room.how(room.proof()));
    });
  }

  const besides: readonly (readonly [string, Section, RegExp])[] = [
    ['its private part', holder.privateKey.export({ format: 'jwk' }), /private members/],
    ['another use', { ...publicOf(holder), use: 'enc' }, /another use/],
    ['another algorithm', { ...publicOf(holder), alg: 'ES384' }, /alg does not fit/],
  ];
  for (const [what, jwk, reason] of besides) {
    test(`is refused with ${what} beside a key that has been good before (§4.3)`, async () => {
      const room = new DpopRoom();
      await room.opens(room.bound, room.how(room.proof()));
      const { code, circumstances } = await room.refuses(room.bound, room.how(room.proof({ header: { jwk } })));
      assert.equal(code, 'token.proof');
      assert.match(circumstances.reason, reason);
      await room.opens(room.bound, room.how(room.proof()));
    });
  }

  test('opens once for each proof, at whatever speed they come (§11.1)', async () => {
    const room = new DpopRoom();
    const proof = room.proof();
    const answers = await Promise.all(Array.from({ length: 20 }, () => room.ask(room.bound, room.how(proof))));
    assert.equal(answers.filter(({ kind }) => kind === 'proven').length, 1);
    room.clock.move(119_000);
    assert.equal((await room.refuses(room.bound, room.how(proof))).code, 'token.proof');
  });

  test('opens with a query that the proof does not name, and with one that it does', async () => {
    const room = new DpopRoom();
    await room.opens(room.bound, { ...room.how(room.proof()), query: 'x=1' });
    await room.opens(room.bound, room.how(room.proof({ claims: { htu: `${HTU}?y#z` } })));
  });
});

suite('A server that asks for bound tokens', () => {
  const asking = (bound: string, nonce = false) => ({ servers: { alpha: { url: 'http://127.0.0.1:1/mcp', tokens: { bound, nonce } } } });

  test('refuses bearers, whichever binding it asks for', async () => {
    for (const bound of ['dpop', 'mtls', 'any-bound']) {
      const room = new DpopRoom(asking(bound));
      assert.match((await room.refuses(room.token(), REQUEST)).circumstances.reason, /in the way this server asks for/);
    }
  });

  test('takes a certificate for a certificate and a key for a key (RFC 8705 §3)', async () => {
    const thumbprint = 'B'.repeat(43);
    const cases = [['mtls', true, false], ['dpop', false, true], ['any-bound', true, true]] as const;
    for (const [bound, byCertificate, byKey] of cases) {
      const room = new DpopRoom(asking(bound));
      const tied = await room.ask(room.token({ cnf: { 'x5t#S256': thumbprint } }), { ...REQUEST, certificateThumbprint: thumbprint });
      assert.equal(tied.kind === 'proven', byCertificate, bound);
      assert.equal((await room.ask(room.bound, room.how(room.proof()))).kind === 'proven', byKey, bound);
    }
  });

  test('refuses a token of another certificate, and of one where there is none', async () => {
    const room = new DpopRoom();
    const token = room.token({ cnf: { 'x5t#S256': 'B'.repeat(43) } });
    for (const certificateThumbprint of [undefined, 'C'.repeat(43)]) assert.match((await room.refuses(token, { ...REQUEST, certificateThumbprint })).circumstances.reason, /another client certificate/);
  });

  test('asks for its nonce, takes the one it gave, and not for ever (§9)', async () => {
    const room = new DpopRoom(asking('dpop', true));
    const { code, circumstances } = await room.refuses(room.bound, room.how(room.proof()));
    assert.equal(code, 'token.nonce');
    const nonce = circumstances.headers?.['DPoP-Nonce'];
    assert.ok(nonce !== undefined);
    await room.opens(room.bound, room.how(room.proof({ claims: { nonce } })));
    room.clock.move(600_000);
    assert.equal((await room.refuses(room.bound, room.how(room.proof({ claims: { nonce } })))).code, 'token.nonce');
    assert.equal((await room.refuses(room.bound, room.how(room.proof({ claims: { nonce: 'made-up' } })))).code, 'token.nonce');
  });
});

suite('Used proofs', () => {
  const codeOf = (work: () => void): string => {
    try {
      work();
      return 'none';
    } catch (error) {
      return error instanceof GatewayError ? error.code : 'other';
    }
  };

  test('are bounded: when no more can be remembered, no more are accepted', () => {
    const guard = new ReplayGuard(2);
    for (const key of ['a', 'b']) guard.take(key, 'x', 0);
    assert.equal(codeOf(() => guard.take('c', 'x', 0)), 'token.unchecked');
    guard.take('c', 'x', 130_000);
    assert.equal(codeOf(() => guard.take('a', 'x', 130_000)), 'token.proof');
    guard.take('a', 'x', 400_000);
  });

  test('of one key are a tenth of them at most, so that nobody keeps all others out', () => {
    const guard = new ReplayGuard(20);
    for (const jti of ['1', '2']) guard.take('greedy', jti, 0);
    assert.equal(codeOf(() => guard.take('greedy', '3', 0)), 'limit.exceeded');
    assert.equal(codeOf(() => guard.take('greedy', '2', 0)), 'token.proof');
    guard.take('other', '1', 0);
    guard.take('greedy', '3', 130_000);
  });
});
