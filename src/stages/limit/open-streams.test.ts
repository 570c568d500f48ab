import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StreamRegister } from './open-streams.ts';

const holding = (credentialId: string) => ({ subject: 'alice', credentialId, method: 'api-key' as const });

const register = (perCredential: number) => {
  const streams = new StreamRegister(perCredential);
  const ended: string[] = [];
  const open = (credentialId: string, name = credentialId) => streams.open(holding(credentialId), (reason) => void ended.push(`${name} ${reason}`));
  return { streams, ended, open };
};

suite('Open streams', () => {
  test('are bounded for each credential, and another credential has its own bound (D02)', () => {
    const { open, streams } = register(2);
    assert.ok(open('a') && open('a'));
    assert.equal(open('a'), undefined);
    assert.ok(open('b'));
    assert.equal(streams.size, 3);
  });

  test('that have ended make room, once each', () => {
    const { open, streams } = register(2);
    const forget = open('a');
    open('a');
    forget?.();
    forget?.();
    assert.equal(streams.size, 1);
    assert.ok(open('a'));
    assert.equal(open('a'), undefined);
  });

  test('that ended long ago do not take away the room of those that came since', () => {
    const { open, streams } = register(2);
    const forget = open('a');
    forget?.();
    open('a', 'new');
    forget?.();
    assert.equal(streams.size, 1);
    streams.endDead(() => false, 'stopping');
  });

  test('are all that is kept: nobody is asked about a credential that holds none', () => {
    const { open, streams } = register(2);
    const [first, second] = [open('a'), open('a')];
    first?.();
    second?.();
    open('b')?.();
    const asked: string[] = [];
    open('c');
    streams.endDead(({ credentialId }) => asked.push(credentialId) > 0, 'revoked');
    assert.deepEqual(asked, ['c']);
  });

  test('end when nobody vouches for their credential any more, and only then (K05, M06)', () => {
    const { open, streams, ended } = register(5);
    open('revoked', 'first');
    open('revoked', 'second');
    open('lives');
    streams.endDead(({ credentialId }) => credentialId === 'lives', 'revoked');
    assert.deepEqual(ended, ['first revoked', 'second revoked']);
  });

  test('all end when the gateway stops (F09)', () => {
    const { open, streams, ended } = register(5);
    open('a');
    open('b');
    streams.endDead(() => false, 'stopping');
    assert.deepEqual(ended, ['a stopping', 'b stopping']);
  });

  test('may be forgotten while they are being ended', () => {
    const streams = new StreamRegister(3);
    const ended: number[] = [];
    for (const at of [0, 1, 2]) {
      const forget = streams.open(holding('a'), () => {
        ended.push(at);
        forget?.();
      });
    }
    streams.endDead(() => false, 'stopping');
    assert.deepEqual([ended, streams.size], [[0, 1, 2], 0]);
  });
});
