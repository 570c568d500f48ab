import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HandClock } from '../testdata/hand-clock.ts';
import { capturedLog } from '../testdata/test-world.ts';
import { BoundedLog } from './bounded-log.ts';
import { maskFor } from './mask.ts';
import { StderrLog } from './stderr-log.ts';

const SECRET = 'tok_live_0123456789abcdef';

const stderr = (secrets: readonly string[] = [SECRET]) => {
  const log = capturedLog();
  const clock = new HandClock();
  return { log, clock, stderr: new StderrLog(new BoundedLog({ clock, log }, { server: 's' }), maskFor(secrets)) };
};

suite('What a child says on stderr (I02, G5)', () => {
  test('each line becomes one log line, the last one too', () => {
    const { log, stderr: out } = stderr();
    out.push(Buffer.from('first\nsecond\nhalf'));
    out.end();
    assert.deepEqual(log.entries.map(({ message }) => message), ['first', 'second', 'half']);
  });

  test('a secret is masked wherever chunks, lines and cuts fall', () => {
    for (let before = 1_900; before < 2_100; before += 1) {
      const { log, stderr: out } = stderr();
      const text = Buffer.from(`${'x'.repeat(before)}${SECRET}${'y'.repeat(3_000)}\nend\n`);
      for (let at = 0; at < text.length; at += 7) out.push(text.subarray(at, at + 7));
      out.end();
      // Not even its first half may be left at the cut.
      assert(!log.text().includes(SECRET.slice(0, 8)), `with ${before} characters before it`);
    }
  });

  test('a secret of several lines is masked line by line', () => {
    const { log, stderr: out } = stderr(['-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----']);
    out.push(Buffer.from('key is\n-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n'));
    assert(!log.text().includes('MIIE'));
  });

  test('what is no secret is written as it is', () => {
    const { log, stderr: out } = stderr();
    out.push(Buffer.from('tok_test_other\n'));
    assert.equal(log.entries[0]?.message, 'tok_test_other');
  });

  test('a flood is counted instead of written, and the last lines are kept all the same', () => {
    const { log, clock, stderr: out } = stderr();
    for (let n = 0; n < 10_000; n += 1) out.push(Buffer.from(`line ${n}\n`));
    assert.equal(log.entries.length, 100);
    clock.advance(1_000);
    out.push(Buffer.from('quiet again\n'));
    assert.deepEqual(log.entries.slice(100).map(({ fields }) => fields['lines']), [9_900, undefined]);
    assert.equal(out.tail().length, 20);
    assert.equal(out.tail().at(-1), 'quiet again');
  });

  test('control characters cannot forge a line or steer a terminal', () => {
    const { log, stderr: out } = stderr();
    out.push(Buffer.from('\u001b[31mred\r{"level":"error"}\n'));
    assert.equal(log.entries[0]?.message, '[31mred {"level":"error"}');
  });

  test('an endless line is held only as far as it is shown', () => {
    const { log, stderr: out } = stderr();
    for (let n = 0; n < 1_000; n += 1) out.push(Buffer.alloc(1_000, 'z'));
    out.end();
    assert.equal(log.entries.length, 1);
    assert.equal(log.entries[0]?.message.length, 2_000);
  });
});
