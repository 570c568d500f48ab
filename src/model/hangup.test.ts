import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Hangup } from './hangup.ts';

suite('A hangup', () => {
  test('is told once to each who listens, in order, and to nobody before', () => {
    const heard: string[] = [];
    const hangup = new Hangup();
    hangup.listen(() => heard.push('first'));
    hangup.listen(() => heard.push('second'));
    assert.deepEqual([hangup.aborted, heard], [false, []]);
    hangup.abort();
    hangup.abort();
    assert.deepEqual([hangup.aborted, heard], [true, ['first', 'second']]);
  });

  test('is told at once to whoever listens too late', () => {
    const hangup = new Hangup();
    hangup.abort();
    let heard = 0;
    const stop = hangup.listen(() => (heard += 1));
    assert.equal(heard, 1);
    stop();
    hangup.abort();
    assert.equal(heard, 1);
  });

  test('is not told to who has stopped listening, before or during it', () => {
    const heard: string[] = [];
    const hangup = new Hangup();
    hangup.listen(() => heard.push('stays'))
    const stop = hangup.listen(() => heard.push('stops'));
    hangup.listen(() => stopLast());
    const stopLast = hangup.listen(() => heard.push('is stopped by another'));
    stop();
    hangup.abort();
    assert.deepEqual(heard, ['stays']);
    stop();
  });

  test('is the same as an AbortSignal, whether that was asked for before or after', () => {
    const hangup = new Hangup();
    const before = hangup.signal;
    assert.equal(before.aborted, false);
    assert.equal(hangup.signal, before);
    hangup.abort();
    assert.equal(before.aborted, true);
    const other = new Hangup();
    other.abort();
    assert.equal(other.signal.aborted, true);
    assert.equal(new Hangup().signal.aborted, false);
  });

  test('sees who was listening, although its own reason is an abort from inside', () => {
    const hangup = new Hangup();
    let heard = 0;
    hangup.listen(() => {
      heard += 1;
      hangup.abort();
    });
    hangup.abort();
    assert.equal(heard, 1);
  });
});
