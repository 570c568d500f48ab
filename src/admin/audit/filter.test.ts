import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as holds, oneof, property, string, stringMatching } from 'fast-check';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import { readFilter } from './filter.ts';
import { FilterFault } from './filter-text.ts';
import { lastThatMatch, lookBack } from './look-back.ts';

/** The filter language of the trail (issue "An audit trail one can prove", part Looking; experience.md, Live). */

const NOW = Date.parse('2026-07-28T12:00:00.000Z');

const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  v: AUDIT_SCHEMA, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.000Z', address: '10.0.0.7', who: 'Alice@company.com', group: 'Engineering', groups: ['Engineering', 'Staff'], credential: 'key_9', name: 'ci key',
  via: 'bearer', method: 'oauth', client: 'curl', clientId: 'desk', server: 'crm', call: 'tools/call', target: 'delete_customer', arguments: { id: 'cust_789' }, decision: 'deny', rule: 'office hours', code: 'policy.denied', status: 403, traceId: '0af7651916cd43dd8448eb211c80319c', ...more,
});

const finds = (text: string, more?: Partial<AuditEvent>): boolean => readFilter(text, NOW).matches(event(more));

suite('A filter', () => {
  for (const text of [
    '', 'who:alice@company.com', 'who:ALICE*', 'who:bob,alice*', 'tool:delete_*', 'server:crm', 'client:curl', 'client:desk', 'decision:deny', 'decision:error,deny', 'via:bearer', 'via:oauth', 'code:policy.*', 'rule:"office hours"',
    'call:tools/call', 'group:staff', 'key:key_9', 'key:"ci key"', 'status:403', 'address:10.0.*', 'id:req_1', 'trace:0af7651916cd43dd8448eb211c80319c', 'trace:0AF7*', '-who:bob', '-server:wiki decision:deny', 'cust_789', '"called delete_customer"', 'delete*crm', '-wiki', 'who:*', '-account:*', 'since:3h', 'since:2026-07-28 until:2026-07-29', 'since:2026-07-28T10:00:00.000Z', 'key:"ci key",other',
  ]) test(`finds by ${text}`, () => assert.equal(finds(text), true));

  for (const text of ['who:bob', 'who:alice', 'tool:delete', 'server:crm,wiki -decision:deny', 'who:"alice*"', 'decision:allow', 'trace:0af7', 'nobody', 'since:1h', 'until:2026-07-28T10:00:00.000Z', 'account:*', '-who:*', '-cust_789', 'tool:*x', 'rule:office'])
    test(`finds nothing by ${text}`, () => assert.equal(finds(text), false));

  test('looks for a tool among calls of tools alone', () => assert.deepEqual([finds('tool:x', { call: 'prompts/get', target: 'x' }), finds('target:x', { call: 'prompts/get', target: 'x' })], [false, true]));

  for (const [text, column, message] of [
    ['whom:bob', 1, /did you mean "who:"\?/],
    ['server:crm  whoo:bob', 13, /did you mean "who:"\?/],
    ['crm:get_customer', 1, /quotation marks/],
    ['who:', 5, /who:\* finds/],
    ['who:bob,', 9, /a value is missing/],
    ['-', 2, /is missing/],
    ['-who:bob -', 11, /is missing/],
    ['--follow', 2, /flags/],
    ['decision:denied', 10, /did you mean decision:deny\?/],
    ['decision:allow,no', 16, /allow, deny, error/],
    ['who:"bob', 5, /never closed/],
    ['who:bo"b"', 7, /middle of a word/],
    ['"a"b', 4, /closing quotation mark/],
    ['since:yesterday', 7, /7d, 12h/],
    ['since:1d since:2d', 10, /comes once/],
    ['since:1d,2d', 1, /comes once/],
    ['-until:1d', 2, /write since: instead/],
    ['constructor:x', 1, /there is no/],
    ['x'.repeat(2_001), 2_001, /at most 2000/],
    [`who:${Array.from({ length: 101 }, () => 'a').join(',')}`, 205, /at most 100 values/],
  ] as const) test(`says where ${text.slice(0, 20)} cannot be read, and what to write`, () => assert.throws(() => readFilter(text, NOW), (error: unknown) => error instanceof FilterFault && error.column === column && message.test(error.message)));

  test('that is any text at all is read, or refused with a place inside it', () => {
    holds(property(oneof(string(), stringMatching(/^[a-z:*,"\\ -]{0,30}$/)), (text) => {
      try {
        readFilter(text, NOW).matches(event());
      } catch (error) {
        assert.ok(error instanceof FilterFault && error.column >= 1 && error.column <= text.length + 1, String(error));
      }
    }));
  });

  test('finds what is quoted as it stands, whatever it is', () => {
    holds(property(string({ minLength: 1 }), (who) => assert.equal(finds(`who:"${who.replaceAll(/["\\]/g, '\\$&')}"`, { who }), true)));
  });
});

/** A trail of so many records, and how far back anybody has read it. */
const trailOf = (count: number) => {
  const reads: number[] = [];
  const entries = Array.from({ length: count }, (_, at) => ({ position: at + 1, event: event({ id: `req_${String(at + 1)}`, ...(at % 500 === 0 ? { who: 'rare' } : {}) }) }));
  const reader = {
    before: (position: number, limit: number) => {
      reads.push(position);
      return entries.filter((entry) => entry.position < position).toReversed().slice(0, limit);
    },
    positionAt: () => 6_000,
  };
  return { reader, reads };
};

suite('Looking back', () => {
  const whole = { shown: (record: AuditEvent) => record, intents: true };

  test('reads no more of the trail than the answer needs', () => {
    const { reader, reads } = trailOf(10_000);
    const found = lastThatMatch(reader, readFilter('who:rare', NOW), { ...whole, limit: 3 });
    assert.deepEqual(found.map(({ position }) => position), [8_501, 9_001, 9_501]);
    assert.equal(reads.length, 2);
  });

  test('stops where the filter begins', () => {
    const { reader, reads } = trailOf(10_000);
    assert.equal(lastThatMatch(reader, readFilter('who:rare since:3h', NOW), { ...whole, limit: 100 }).length, 8);
    assert.ok(reads.length <= 5, `${String(reads.length)} pages`);
    assert.equal([...lookBack(reader, readFilter('', NOW), { ...whole, before: 4 })].length, 3, 'without a time it goes to the beginning');
  });

  test('never finds by what is not shown', () => {
    const { reader } = trailOf(10);
    const shown = ({ arguments: _hidden, ...record }: AuditEvent): AuditEvent => record;
    assert.equal(lastThatMatch(reader, readFilter('cust_789', NOW), { ...whole, shown, limit: 5 }).length, 0);
    assert.equal(lastThatMatch(reader, readFilter('cust_789', NOW), { ...whole, limit: 5 }).length, 5);
  });
});
