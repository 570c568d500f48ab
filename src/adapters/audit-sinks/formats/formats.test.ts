import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AUDIT_SCHEMA, type AuditEvent } from '../../../model/audit-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import { cefOf } from './cef.ts';
import { ocsfOf } from './ocsf.ts';
import { otlpRequest } from './otlp.ts';
import { octetCounted, syslogMessage } from './syslog-message.ts';

/** The trail as others read it: CEF 0, RFC 5424, OCSF 1.3, OTLP (issue "An audit trail one can prove"). */

const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  v: AUDIT_SCHEMA, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.000Z', address: '10.0.0.7', who: 'alice@company.com', groups: ['Engineering'], credential: 'key_9', server: 'crm', call: 'tools/call', target: 'delete_customer',
  arguments: { id: 'cust_789' }, decision: 'allow', rule: 'key: crm:*', status: 200, durationMs: 1.4, ...more,
});

const at = (value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined => path.reduce<JsonValue | undefined>((inner, name) => (isJsonObject(inner) ? inner[name] : undefined), value);

suite('CEF', () => {
  test('has seven members in its head and names in its extension', () => {
    const [version, vendor, product, schema, id, name, severity, extension = ''] = cefOf(event()).split('|');
    assert.deepEqual([version, vendor, product, schema, id, name, severity], ['CEF:0', 'Sallyport', 'Sallyport', '1', 'tools/call', 'tools/call allow', '3']);
    for (const part of ['rt=1785232800000', 'externalId=req_1', 'suser=alice@company.com', 'src=10.0.0.7', 'cs1=delete_customer', 'cs1Label=target', 'act=allow', 'outcome=success']) assert.ok(extension.split(' ').includes(part), part);
  });

  test('lets nobody write members, lines or a head of their own', () => {
    const line = cefOf(event({ target: 'x act=allow\n|\\CEF:0|', code: 'a|b', decision: 'deny', reason: 'line\r\nsuser=root' }));
    assert.doesNotMatch(line, /[\r\n]/);
    assert.match(line, /^CEF:0\|Sallyport\|Sallyport\|1\|a\\\|b\|tools\/call deny\|6\|/);
    assert.match(line, /cs1=x act\\=allow\\\\u\{a\}\|\\\\CEF:0\|/);
    assert.match(line, /reason=line\\\\u\{d\}\\\\u\{a\}suser\\=root/);
  });

  test('calls an address what is one', () => assert.match(cefOf(event({ address: 'terminal' })), / shost=terminal /));
});

suite('A syslog message', () => {
  test('has the head of RFC 5424 and says how many octets it has', () => {
    const message = syslogMessage(event({ target: 'größe', decision: 'deny' }));
    assert.match(message, /^<108>1 2026-07-28T10:00:00\.000Z - sallyport - call - CEF:0\|/);
    assert.equal(octetCounted(message), `${String(Buffer.byteLength(message))} ${message}`);
    assert.notEqual(Buffer.byteLength(message), message.length);
  });
});

suite('OCSF', () => {
  const kindOf = (more: Partial<AuditEvent>): JsonObject => ocsfOf(event(more));
  for (const [more, uid, name] of [
    [{}, 600_399, 'API Activity: Other'],
    [{ annotation: 'read-only' as const }, 600_302, 'API Activity: Read'],
    [{ annotation: 'destructive' as const }, 600_304, 'API Activity: Delete'],
    [{ call: 'tools/list' }, 600_302, 'API Activity: Read'],
    [{ call: 'admin/keys/list', server: 'admin' }, 600_302, 'API Activity: Read'],
    [{ call: 'admin/keys/create', server: 'admin' }, 300_101, 'Account Change: Create'],
    [{ call: 'admin/keys/revoke', server: 'admin' }, 300_106, 'Account Change: Delete'],
    [{ call: 'admin/people/disable', server: 'admin' }, 300_105, 'Account Change: Disable'],
    [{ decision: 'deny' as const, code: 'credential.invalid' }, 300_201, 'Authentication: Logon'],
    [{ call: 'POST /oauth/token', decision: 'allow' as const }, 300_201, 'Authentication: Logon'],
  ] as const) test(`calls ${JSON.stringify(more)} ${name}`, () => assert.deepEqual([kindOf(more)['type_uid'], kindOf(more)['type_name']], [uid, name]));

  test('says who, what, where from and what came of it, as the class demands', () => {
    const found = ocsfOf(event({ decision: 'deny', code: 'policy.denied', reason: 'office hours' }));
    assert.deepEqual([at(found, 'actor', 'user', 'uid'), at(found, 'api', 'operation'), at(found, 'api', 'service', 'name'), at(found, 'src_endpoint', 'ip')], ['alice@company.com', 'tools/call', 'crm', '10.0.0.7']);
    assert.deepEqual([found['status_id'], found['status_code'], found['severity_id'], found['category_uid'], found['class_uid'], found['time']], [2, 'policy.denied', 3, 6, 6_003, 1_785_232_800_000]);
    for (const member of ['activity_id', 'api', 'actor', 'src_endpoint', 'metadata', 'severity_id', 'time', 'type_uid', 'class_uid', 'category_uid']) assert.ok(member in found, member);
  });

  test('of a change of an account says whose', () => assert.equal(at(kindOf({ call: 'admin/keys/create', target: 'ci' }), 'user', 'name'), 'ci'));
});

suite('OTLP', () => {
  test('has a log record for each record, with names of the conventions', () => {
    const request = JSON.parse(JSON.stringify(otlpRequest([event(), event({ decision: 'error' })]))) as { resourceLogs: { scopeLogs: { logRecords: { timeUnixNano: string; severityText: string; attributes: { key: string; value: JsonObject }[] }[] }[] }[] };
    const records = request.resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
    assert.deepEqual(records.map(({ severityText }) => severityText), ['INFO', 'ERROR']);
    assert.equal(records[0]?.timeUnixNano, '1785232800000000000');
    const attributes = Object.fromEntries((records[0]?.attributes ?? []).map(({ key, value }) => [key, value]));
    assert.deepEqual(attributes['user.id'], { stringValue: 'alice@company.com' });
    assert.deepEqual(attributes['gen_ai.tool.name'], { stringValue: 'delete_customer' });
    assert.deepEqual(attributes['http.response.status_code'], { intValue: '200' });
    assert.deepEqual(attributes['sallyport.durationMs'], { doubleValue: 1.4 });
    assert.deepEqual(attributes['sallyport.arguments'], { stringValue: '{"id":"cust_789"}' });
  });

  test('says to which trace a record belongs where log records say it, and nothing where there is none', () => {
    const [traced, kept, bare] = [event({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' }), event({ traceId: '0af7651916cd43dd8448eb211c80319c', traceSampled: true }), event()].map((one) => JSON.stringify(otlpRequest([one])));
    assert.match(traced ?? '', /"traceId":"0af7651916cd43dd8448eb211c80319c","flags":0[^]*/);
    assert.match(kept ?? '', /"traceId":"0af7651916cd43dd8448eb211c80319c","flags":1/);
    for (const text of [traced, kept, bare]) assert.doesNotMatch(text ?? '', /sallyport\.trace/);
    assert.doesNotMatch(bare ?? '', /traceId|flags/);
  });
});
