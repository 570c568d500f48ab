import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LineSplitter } from './line-splitter.ts';

const split = (maxBytes: number, chunks: readonly string[]): { readonly lines: string[]; readonly overlong: number; readonly rest: string } => {
  const lines: string[] = [];
  let overlong = 0;
  const splitter = new LineSplitter(maxBytes, { line: (line) => void lines.push(line.toString()), overlong: () => void (overlong += 1) });
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  return { lines, overlong, rest: splitter.rest().toString() };
};

suite('Lines of a child (I02, D07)', () => {
  test('lines are the same wherever the chunks are cut', () => {
    const text = 'one\ntwo\n\nthree\nfour';
    for (let cut = 0; cut <= text.length; cut += 1) {
      assert.deepEqual(split(100, [text.slice(0, cut), text.slice(cut)]), { lines: ['one', 'two', '', 'three'], overlong: 0, rest: 'four' });
    }
  });

  test('a line of exactly the cap passes', () => {
    assert.deepEqual(split(4, ['1234\n']).lines, ['1234']);
  });

  test('a line beyond the cap is told once, and nothing after it is read', () => {
    const { lines, overlong } = split(4, ['ok\n12', '345', '\nlater\n', 'more\n']);
    assert.deepEqual(lines, ['ok']);
    assert.equal(overlong, 1);
  });

  test('an endless line keeps no more than the cap', () => {
    let overlong = 0;
    const splitter = new LineSplitter(1_000, { line: () => assert.fail('there is no line'), overlong: () => void (overlong += 1) });
    for (let n = 0; n < 100; n += 1) splitter.push(Buffer.alloc(500, 'x'));
    assert.equal(splitter.rest().length, 0);
    assert.equal(overlong, 1);
  });
});
