import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { AuditEvent } from '../../model/audit-event.ts';
import { buildRecordLine } from './record-line.ts';

/** Whole again: its last brace comes behind its place in the chain. */
const lines = (): ((event: AuditEvent) => string) => {
  const line = buildRecordLine();
  return (event) => `${line(event)}}`;
};

/** A record with every member there is: one that is added to the model does not compile here until it is added, and then has to be written. */
const whole: Required<AuditEvent> = {
  v: 1, id: 'req_1', type: 'call', at: '2026-07-28T10:00:00.000Z', who: 'alice@company.com', name: 'laptop', group: 'Engineering', groups: ['Engineering'], credential: 'key_1', roles: ['reader'], whole: true, method: 'api-key', via: 'header',
  issuer: 'corp', clientId: 'claude', token: 'jti', key: 'key_2', certificate: { fingerprint: 'ab', subject: 'CN="x"', flaw: 'it has expired' }, address: '127.0.0.1', client: 'curl', server: 'crm', environment: 'live', account: 'crm-service', call: 'tools/call', target: 'get_customer', annotation: 'read-only', arguments: { id: 'cust_789' }, dryRun: true, changed: { count: 1, ids: ['key_3'] }, decision: 'deny',
  policy: 'abc', rule: 'readers', shadow: { policy: 'def', decision: 'allow', rule: 'x' }, code: 'policy.denied', reason: 'why', status: 403, toolError: true, durationMs: 1.5, authMs: 0.25, policyMs: 0.125, upstreamMs: 1, traceId: 'ab', parentSpanId: 'cd', traceSampled: true, ended: 'revoked',
};

/** Texts that need an escape, that need none, and that only look as if. */
const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '"', '\\', '\u0000', '\u007f', '\ud800', '\u2028', 'ü', '</script>', "it's", '\n{"v":1}'));
const lists = fc.array(texts);

const TEXTS = ['id', 'at', 'who', 'name', 'group', 'method', 'via', 'issuer', 'clientId', 'token', 'key', 'address', 'client', 'server', 'call', 'target', 'policy', 'rule', 'code', 'reason', 'ended'] as const;
const drawn = fc.record(
  { ...Object.fromEntries(TEXTS.map((member) => [member, texts])), credential: fc.constantFrom('key_1', 'key_2', '"'), groups: lists, roles: lists, arguments: fc.jsonValue(), status: fc.integer(), durationMs: fc.double({ noNaN: true }), authMs: fc.integer({ min: -1, max: 2 ** 31 }).map((micros) => micros / 1000), policyMs: fc.constantFrom(0, -0, 0.001, 0.01, 0.1, 1, 0.0005, 1e21, 1_073_741.823, 1_073_741.824) },
  { requiredKeys: [] },
);
const absent = Object.fromEntries(Object.keys(whole).map((member) => [member, undefined]));

/** Records in the order of members that all have, with any of them absent. */
const events = drawn.map((members) => ({ ...absent, v: 1, id: 'req_1', type: 'call', at: 'now', address: '127.0.0.1', call: 'ping', decision: 'allow', ...members }) as AuditEvent); // the members of one, as drawn

suite('The line of a record', () => {
  test('holds every member, as JSON.stringify writes it', () => assert.equal(lines()(whole), JSON.stringify(whole)));

  test('holds no member that the record has not', () => {
    const least: AuditEvent = { v: 1, id: 'req_1', type: 'call', at: 'now', address: '127.0.0.1', call: 'GET /', decision: 'deny' };
    assert.equal(lines()(least), JSON.stringify(least));
  });

  test('is what JSON.stringify writes, whatever the texts: nobody writes a record of his own into one (G01)', () => {
    const line = lines();
    fc.assert(fc.property(events, (event) => {
      const written = line(event);
      assert.equal(written, JSON.stringify(event));
      assert.ok(!written.includes('\n'));
    }), { numRuns: 2_000 });
  });

  test('says of a credential what is true now, not what was true before', () => {
    const line = lines();
    line(whole);
    for (const member of ['who', 'name', 'group', 'via', 'method', 'issuer', 'clientId', 'token'] as const) assert.equal(line({ ...whole, [member]: 'another' }), JSON.stringify({ ...whole, [member]: 'another' }));
    for (const member of ['groups', 'roles'] as const) assert.equal(line({ ...whole, [member]: ['another'] }), JSON.stringify({ ...whole, [member]: ['another'] }));
    const { whole: _, ...narrow } = whole;
    assert.equal(line(narrow), JSON.stringify(narrow));
  });
});
