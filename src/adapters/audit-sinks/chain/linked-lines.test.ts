import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { beginningOf, linkRecord, opened, readLine } from './link.ts';
import { LinkedLines } from './linked-lines.ts';

/** The same records as text, which is how they are proven. */
const asText = (records: readonly string[]): string => {
  let head = beginningOf('gateway');
  let text = '';
  for (const record of records) {
    const { line, link } = linkRecord(record, 'gateway', head);
    head = link;
    text += `${line}\n`;
  }
  return text;
};

const record = fc.record({ v: fc.constant(1), reason: fc.string({ unit: 'binary', maxLength: 400 }) }).map((value) => opened(JSON.stringify(value)));

suite('Lines on their way to the journal', () => {
  test('are the bytes of the chain as text, however many are taken at once (R75)', () => {
    const lines = new LinkedLines('gateway');
    let head = beginningOf('gateway');
    fc.assert(fc.property(fc.array(fc.array(record, { maxLength: 5 }), { maxLength: 5 }), (batches) => {
      head = beginningOf('gateway');
      const written = batches.map((batch) => {
        for (const one of batch) head = lines.add(one, head);
        return lines.take().toString();
      });
      assert.equal(written.join(''), asText(batches.flat()));
    }), { numRuns: 300 });
  });

  test('grow beyond the page they begin in', () => {
    const lines = new LinkedLines('gateway');
    const records = ['ü'.repeat(400_000), 'x', '漢'.repeat(300_000)].map((reason) => opened(JSON.stringify({ v: 1, reason })));
    let head = beginningOf('gateway');
    for (const one of records) head = lines.add(one, head);
    assert.equal(lines.take().toString(), asText(records));
    assert.equal(lines.length, 0);
  });

  test('that were taken do not change with those that come later', () => {
    const lines = new LinkedLines('gateway');
    const head = lines.add('{"v":1', beginningOf('gateway'));
    const taken = lines.take();
    const before = taken.toString();
    lines.add('{"v":2,"reason":"another"', head);
    assert.equal(taken.toString(), before);
    assert.deepEqual(readLine(before.trimEnd())?.link, head);
  });
});
