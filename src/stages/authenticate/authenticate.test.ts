import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPrincipal, aShielded } from '../../../test/world/exchanges.ts';
import { laterRefusalOf, refusalOf } from '../../../test/world/refusal.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import type { Authenticator, Proof } from '../../ports/authenticator.ts';
import { buildAuthenticate } from './authenticate.ts';

const PROVEN: Proof = { kind: 'proven', principal: aPrincipal() };
const REJECTED: Proof = { kind: 'rejected', error: new GatewayError('credential.invalid', { reason: 'revoked' }) };
const ABSENT: Proof = { kind: 'absent' };

const KEY: RequestHeaders = { 'x-api-key': 'k' };

/** Asks with these ways in; each takes its proof at once, or later when `later` is set. */
const asking = (proofs: readonly Proof[], headers = KEY, later = false) => {
  const asked: string[] = [];
  const failed: string[] = [];
  const authenticators = proofs.map((proof, at): Authenticator => ({
    scheme: `way ${at}`,
    authenticate(_request, { value, place }) {
      asked.push(`${at} ${place} ${value}`);
      return later ? Promise.resolve(proof) : proof;
    },
  }));
  const authenticate = buildAuthenticate({ against: () => undefined, keyHeader: 'x-api-key', query: true, authenticators }, { failed: (address) => void failed.push(address) });
  const shielded = aShielded({ headers });
  return { asked, failed, shielded, answer: () => authenticate(shielded) };
};

suite('Who calls', () => {
  test('is answered at once where no way in has to wait', () => {
    const { answer, asked, failed, shielded } = asking([PROVEN]);
    const identified = answer();
    assert.ok(!(identified instanceof Promise));
    assert.equal(identified, shielded);
    assert.deepEqual([identified.principal, identified.via, asked, failed], [PROVEN.principal, 'header', ['0 header k'], []]);
  });

  test('is answered later where one has to', async () => {
    const { answer, asked } = asking([ABSENT, PROVEN], KEY, true);
    const identified = answer();
    assert.ok(identified instanceof Promise);
    assert.equal((await identified).principal, PROVEN.principal);
    assert.deepEqual(asked, ['0 header k', '1 header k']);
  });

  test('is told with where the credential stood', () => {
    const { answer } = asking([PROVEN], { authorization: 'Bearer k' });
    const identified = answer();
    assert.equal(!(identified instanceof Promise) && identified.via, 'bearer');
  });
});

for (const later of [false, true]) {
  suite(`A way in that answers ${later ? 'later' : 'at once'}`, () => {
    test('and says "absent" passes the question on', async () => {
      const { answer, asked } = asking([ABSENT, ABSENT, PROVEN], KEY, later);
      assert.equal((await answer()).principal, PROVEN.principal);
      assert.equal(asked.length, 3);
    });

    test('and says "rejected" ends the matter: nothing falls through to another way (K09)', async () => {
      const { answer, asked, failed } = asking([REJECTED, PROVEN], KEY, later);
      assert.equal(await laterRefusalOf(answer), REJECTED.error);
      assert.deepEqual([asked, failed], [['0 header k'], ['192.0.2.7']]);
    });

    test('is refused as invalid when no way knows the credential, and the address is told of (K12)', async () => {
      const { answer, failed } = asking([ABSENT, ABSENT], KEY, later);
      assert.equal((await laterRefusalOf(answer)).code, 'credential.invalid');
      assert.deepEqual(failed, ['192.0.2.7']);
    });
  });
}

suite('A good key in the wrong place or at the wrong time', () => {
  for (const code of ['credential.network', 'credential.hours'] as const) {
    test(`is refused as ${code}, and is no guess`, () => {
      const { answer, failed } = asking([{ kind: 'rejected', error: new GatewayError(code, { reason: 'x' }) }, PROVEN]);
      assert.deepEqual([refusalOf(answer).code, failed], [code, []]);
    });
  }
});

suite('A request without credential', () => {
  test('is asked for one, is no guess, and reaches no way in (K01, RFC 6750 §3.1)', () => {
    const { answer, asked, failed } = asking([PROVEN], {});
    assert.equal(refusalOf(answer).code, 'credential.missing');
    assert.deepEqual([asked, failed], [[], []]);
  });

  for (const [opens, missing, unknown] of [['keys', 'credential.missing', 'credential.invalid'], ['tokens', 'token.missing', 'token.invalid'], ['either', 'credential.either-missing', 'credential.invalid']] as const) {
    test(`is told of what opens, and so is one with what nobody knows: ${opens} (RS-9, R16)`, () => {
      const authenticate = buildAuthenticate({ against: () => undefined, keyHeader: 'x-api-key', query: true, authenticators: [], opens }, { failed: () => undefined });
      assert.equal(refusalOf(() => authenticate(aShielded({ headers: {} }))).code, missing);
      assert.equal(refusalOf(() => authenticate(aShielded({ headers: KEY }))).code, unknown);
    });
  }
});

suite('Whoever was disabled', () => {
  test('is refused with whatever they come, in the words of that way in (R44)', () => {
    for (const [method, code] of [['api-key', 'credential.invalid'], ['oauth', 'token.invalid'], ['mtls', 'certificate.invalid']] as const) {
      const principal = aPrincipal({ subject: 'lea', method });
      const stage = (disabled: string) => buildAuthenticate({ against: ({ subject }) => (subject === disabled ? 'lea was disabled' : undefined), keyHeader: 'x-api-key', query: true, authenticators: [{ scheme: 'x', authenticate: () => ({ kind: 'proven', principal }) }] }, { failed: () => undefined });
      const refusal = refusalOf(() => stage('lea')(aShielded({ headers: KEY })));
      assert.deepEqual([refusal.code, refusal.circumstances.reason], [code, 'lea was disabled']);
      assert.ok(!(stage('leo')(aShielded({ headers: KEY })) instanceof Promise));
    }
  });
});

suite('A technical failure', () => {
  test('is neither proof nor guess: it is thrown as it is (habit 3)', async () => {
    const broken = new Error('the directory is down');
    const failed: string[] = [];
    for (const authenticate of [() => Promise.reject(broken), (): never => { throw broken; }]) {
      const stage = buildAuthenticate({ against: () => undefined, keyHeader: 'x-api-key', query: true, authenticators: [{ scheme: 'x', authenticate }] }, { failed: (address) => void failed.push(address) });
      await assert.rejects(async () => stage(aShielded({ headers: KEY })), broken);
    }
    assert.deepEqual(failed, []);
  });

  test('of the alarm itself, such as limit.guessing, takes the place of the refusal', () => {
    const guessing = new GatewayError('limit.guessing', { reason: 'x' });
    const stage = buildAuthenticate({ against: () => undefined, keyHeader: 'x-api-key', query: true, authenticators: [{ scheme: 'x', authenticate: () => REJECTED }] }, { failed: () => { throw guessing; } });
    assert.equal(refusalOf(() => stage(aShielded({ headers: KEY }))), guessing);
  });
});
