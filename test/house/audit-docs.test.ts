import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { eventSchema, recordSchema, renderRecordSchema, withRecordTable } from '../../src/admin/audit/record-schema.ts';
import { root } from './sources.ts';

/** The record of the trail is described once, and everything that is said of it comes from there. */

suite('The description of a record', () => {
  test('is docs/audit.schema.json and the table of docs/audit.md; "npm run docs" writes both', () => {
    assert.deepEqual(JSON.parse(readFileSync(join(root, 'docs/audit.schema.json'), 'utf8')), renderRecordSchema());
    const guide = readFileSync(join(root, 'docs/audit.md'), 'utf8');
    assert.equal(guide, withRecordTable(guide));
  });

  test('says of every member what it means', () => {
    for (const [name, { description }] of Object.entries(eventSchema.shape)) assert.ok((description ?? '').length > 5, name);
  });

  test('lets readers meet members that are added later, and is itself strict', () => {
    const { anyOf } = renderRecordSchema() as { anyOf: { additionalProperties: boolean }[] };
    assert.deepEqual(anyOf.map(({ additionalProperties }) => additionalProperties), [true, true, true, true]);
    const record = { v: 1, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.000Z', address: '::1', call: 'ping', decision: 'allow' };
    assert.equal(recordSchema.safeParse(record).success, true);
    for (const wrong of [{ ...record, extra: 1 }, { ...record, v: 2 }, { ...record, at: 'today' }, { ...record, decision: 'maybe' }, { ...record, type: 'note' }]) assert.equal(recordSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
  });
});
