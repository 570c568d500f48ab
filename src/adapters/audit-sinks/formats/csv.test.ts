import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AUDIT_SCHEMA, type AuditEvent } from '../../../model/audit-event.ts';
import { csvLine, CSV_HEADER } from './csv.ts';

/** The trail for spreadsheets (RFC 4180); a caller chooses names, and an auditor opens the file. */

const event = (more: Partial<AuditEvent>): AuditEvent => ({ v: AUDIT_SCHEMA, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.000Z', address: '::1', call: 'tools/call', decision: 'allow', ...more });

/** The cells of one line, by a reader of RFC 4180 §2 that knows nothing of the writer. */
const cellsOf = (line: string): readonly string[] => {
  assert.ok(line.endsWith('\r\n'));
  return [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare);
};

const columnOf = (name: string, line: string): string | undefined => cellsOf(line)[cellsOf(CSV_HEADER).indexOf(name)];

suite('A line of CSV', () => {
  test('has a cell for each column, whatever stands in it', () => {
    const line = csvLine(event({ target: 'a,"b"\r\nc', reason: 'x' }));
    assert.equal(cellsOf(line).length, cellsOf(CSV_HEADER).length);
    assert.equal(columnOf('target', line), 'a,"b"\r\nc');
    assert.equal(columnOf('reason', line), 'x');
  });

  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '|calc', '＝1', '\u00a0=1'])
    test(`makes no formula of ${JSON.stringify(text)}`, () => assert.equal(columnOf('target', csvLine(event({ target: text }))), `'${text}`));

  test('leaves what is no formula as it is', () => assert.deepEqual([columnOf('target', csvLine(event({ target: 'get=1' }))), columnOf('durationMs', csvLine(event({ durationMs: 1.5 })))], ['get=1', '1.5']));
});
