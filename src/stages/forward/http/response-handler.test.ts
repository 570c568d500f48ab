import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { ResponseHandler } from './response-handler.ts';

const KIB = 1024;
const TOO_LONG = new Error('too long');

/** A handler in the midst of an exchange, and how it steers the connection. */
const receiving = () => {
  const steered: string[] = [];
  const handler = new ResponseHandler();
  const note = (word: string) => (): void => void steered.push(word);
  handler.onStart({ pause: note('pause'), resume: note('resume'), abort: note('abort') });
  return { handler, steered, body: (kib: number) => handler.onBody(Buffer.alloc(kib * KIB)) };
};

const outcome = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', (error: unknown) => error);

suite('A body that is read piece by piece', () => {
  test('makes the connection wait once more than 256 KiB are held, and go on when half of that is taken', async () => {
    const { handler, steered, body } = receiving();
    body(256);
    assert.deepEqual(steered, []);
    handler.onBody(Buffer.from('x'));
    body(64);
    assert.deepEqual(steered, ['pause']);
    await handler.next();
    await handler.next();
    assert.deepEqual(steered, ['pause', 'resume']);
    body(256);
    assert.deepEqual(steered, ['pause', 'resume', 'pause']);
  });

  test('goes on at exactly half, and not above it', async () => {
    const { handler, steered, body } = receiving();
    for (const kib of [130, 128]) body(kib);
    await handler.next();
    assert.deepEqual(steered, ['pause', 'resume']);
    const other = receiving();
    for (const kib of [128, 1, 128]) other.body(kib);
    await other.handler.next();
    assert.deepEqual(other.steered, ['pause']);
    await other.handler.next();
    assert.deepEqual(other.steered, ['pause', 'resume']);
  });

  test('gives back a connection that waits when it has ended: the next exchange must not inherit that', () => {
    const { handler, steered, body } = receiving();
    body(300);
    handler.onEnd();
    assert.deepEqual(steered, ['pause', 'resume']);
  });

  test('steers a connection no more that carries another exchange by now', async () => {
    const { handler, steered, body } = receiving();
    body(1);
    handler.onEnd();
    await handler.next();
    assert.equal((await handler.next()).done, true);
    handler.abort(new Error('late'));
    await handler.return();
    assert.deepEqual(steered, []);
    assert.equal((await handler.next()).done, true);
  });

  test('wakes a reader who waits, with a piece, with the end, or with the failure', async () => {
    for (const [happens, expected] of [['piece', false], ['end', true], ['failure', 'gone']] as const) {
      const { handler, body } = receiving();
      const waiting = handler.next().then(({ done }) => done, (error: Error) => error.message);
      await turn();
      if (happens === 'piece') body(1);
      else if (happens === 'end') handler.onEnd();
      else handler.onError(new Error('gone'));
      assert.equal(await waiting, expected, happens);
    }
  });

  test('gives what was received before it says why there is no more', async () => {
    const { handler, body } = receiving();
    body(1);
    handler.abort(new Error('revoked'));
    assert.equal((await handler.next()).done, false);
    assert.equal(String(await outcome(handler.next())), 'Error: revoked');
  });
});

suite('A body that is read whole', () => {
  const headOf = (handler: ResponseHandler): void => handler.onHead({ status: 200, headers: {} });

  for (const pieces of [[], ['{}'], ['{"a"', ':1}']]) {
    test(`is its ${String(pieces.length)} pieces joined, however early they came`, async () => {
      for (const before of [0, 1, 2, 3]) {
        const { handler } = receiving();
        headOf(handler);
        const steps = [...pieces.map((piece) => () => handler.onBody(Buffer.from(piece))), () => handler.onEnd()];
        for (const step of steps.slice(0, before)) step();
        const whole = handler.whole(100, () => TOO_LONG);
        for (const step of steps.slice(before)) step();
        assert.equal((await whole).toString(), pieces.join(''));
      }
    });
  }

  for (const before of [0, 1, 2, 3]) {
    test(`is given up past its bound, with ${String(before)} of 3 steps done before it is asked for (D07)`, async () => {
      const { handler, steered } = receiving();
      const steps = [() => handler.onBody(Buffer.alloc(60)), () => handler.onBody(Buffer.alloc(41)), () => handler.onEnd()];
      for (const step of steps.slice(0, before)) step();
      const whole = outcome(Promise.resolve(handler.whole(100, () => TOO_LONG)));
      for (const step of steps.slice(before)) step();
      assert.equal(await whole, TOO_LONG);
      assert.deepEqual(steered, before === 3 ? [] : ['abort']);
    });
  }

  test('is as long as its bound', async () => {
    const { handler } = receiving();
    const whole = handler.whole(100, () => TOO_LONG);
    handler.onBody(Buffer.alloc(100));
    handler.onEnd();
    assert.equal((await whole).length, 100);
  });

  test('is not held back, whatever was held before: its bound is another one', async () => {
    const { handler, steered, body } = receiving();
    body(300);
    const whole = handler.whole(600 * KIB, () => TOO_LONG);
    assert.deepEqual(steered, ['pause', 'resume']);
    body(300);
    handler.onEnd();
    assert.equal((await whole).length, 600 * KIB);
    assert.equal(steered.filter((word) => word === 'pause').length, 1);
  });

  test('fails as the connection fails, before or after it is asked for', async () => {
    const broken = new Error('reset');
    const early = receiving();
    early.handler.onError(broken);
    assert.equal(await outcome(Promise.resolve(early.handler.whole(1, () => TOO_LONG))), broken);
    const late = receiving();
    const whole = outcome(Promise.resolve(late.handler.whole(1, () => TOO_LONG)));
    late.handler.onError(broken);
    assert.equal(await whole, broken);
  });
});

suite('An exchange that is given up', () => {
  test('before it began ends its connection as soon as it begins', () => {
    const steered: string[] = [];
    const handler = new ResponseHandler();
    handler.abort(new Error('gone'));
    const note = (word: string) => (): void => void steered.push(word);
    handler.onStart({ pause: note('pause'), resume: note('resume'), abort: note('abort') });
    assert.deepEqual(steered, ['abort']);
  });

  test('ends its connection once, and the first reason counts', async () => {
    const { handler, steered } = receiving();
    handler.abort(new Error('first'));
    handler.abort(new Error('second'));
    handler.onError(new Error('third'));
    assert.deepEqual(steered, ['abort']);
    assert.equal(String(await outcome(handler.head)), 'Error: first');
    assert.equal(String(await outcome(handler.next())), 'Error: first');
  });

  test('steers the connection no more, whatever is read of what came before', async () => {
    for (const end of ['abort', 'onError'] as const) {
      const { handler, steered, body } = receiving();
      body(300);
      handler[end](new Error('gone'));
      await handler.next();
      assert.deepEqual(steered, end === 'abort' ? ['pause', 'abort'] : ['pause'], end);
    }
  });

  test('by its reader says nothing more', async () => {
    const { handler, steered, body } = receiving();
    assert.deepEqual(await handler.return(), { done: true, value: undefined });
    body(0);
    assert.deepEqual(steered, ['abort']);
  });

  test('whose head nobody awaits brings nobody down', async () => {
    const { handler } = receiving();
    handler.onError(new Error('reset'));
    await turn();
  });
});
