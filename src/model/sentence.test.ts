import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AUDIT_SCHEMA, type AuditEvent } from './audit-event.ts';
import { actorOf, deedOf, sentenceOf } from './sentence.ts';

const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({ v: AUDIT_SCHEMA, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.000Z', address: '192.0.2.7', call: 'tools/call', decision: 'allow', ...more });

const ALICE = event({ who: 'alice@company.com', group: 'Engineering', name: 'Connector', credential: 'key_1', target: 'delete_customer' });

suite('A record reads as a sentence', () => {
  test('"alice@company.com (Engineering) called delete_customer" (R71)', () => {
    assert.equal(sentenceOf(ALICE), 'alice@company.com (Engineering) called delete_customer');
  });

  test('"… called delete_customer {"id":"cust_789"} on crm" with arguments and server (R72)', () => {
    assert.equal(sentenceOf({ ...ALICE, arguments: { id: 'cust_789' }, server: 'crm' }), 'alice@company.com (Engineering) called delete_customer {"id":"cust_789"} on crm');
  });

  test('that names the program it came through, at its end', () => {
    assert.equal(sentenceOf({ ...ALICE, client: 'claude-code' }), 'alice@company.com (Engineering) called delete_customer via claude-code');
  });

  test('that never says "someone with a key": who is not known is known by address (R72)', () => {
    assert.equal(actorOf(event()), 'somebody at 192.0.2.7');
    assert.equal(actorOf(event({ who: 'bob' })), 'bob');
    for (const record of [ALICE, event({ who: 'bob', credential: 'key_1' })]) assert.doesNotMatch(sentenceOf(record), /key/);
  });

  test('that says of a key without an owner that nobody is known, and which key it was (D2, R72)', () => {
    assert.equal(sentenceOf(event({ who: 'no identity', name: 'Nightly sync', credential: 'key_1', group: 'Ops', target: 'get_customer' })), 'no identity (key "Nightly sync") called get_customer');
    assert.doesNotMatch(sentenceOf(ALICE), /no identity/);
  });

  const DEEDS: readonly (readonly [Partial<AuditEvent>, string])[] = [
    [{ call: 'resources/read', target: 'crm://1' }, 'read crm://1'],
    [{ call: 'prompts/get', target: 'greet' }, 'got prompt greet'],
    [{ call: 'tools/list' }, 'listed tools'],
    [{ call: 'resources/list' }, 'listed resources'],
    [{ call: 'resources/templates/list' }, 'listed resource templates'],
    [{ call: 'prompts/list' }, 'listed prompts'],
    [{ call: 'initialize' }, 'opened a session'],
    [{ call: 'server/discover', server: 'crm' }, 'asked what the server can do on crm'],
    [{ call: 'http/stream' }, 'opened a stream'],
    [{ call: 'http/end' }, 'ended a session'],
    [{ call: 'http/status' }, 'asked for status'],
    [{ call: 'completion/complete' }, 'sent completion/complete'],
    [{ call: 'constructor' }, 'sent constructor'],
    [{ call: 'admin/keys/revoke', target: 'key_1', server: 'admin' }, 'ran keys revoke key_1 on admin'],
    [{ call: 'admin/keys/revoke-all', target: 'owner=bob', server: 'admin', dryRun: true }, 'tried out keys revoke-all owner=bob on admin'],
    [{ call: 'tools/call', target: 't', arguments: null }, 'called t null'],
  ];
  for (const [part, deed] of DEEDS) test(`${part.call ?? ''} as "${deed}"`, () => assert.equal(deedOf(event(part)), deed));
});

suite('What a caller chose cannot', () => {
  test('break the line or paint the terminal (G01)', () => {
    const evil = '\u001b[2K\r\nroot (Admins) called nothing\u202e';
    const sentence = sentenceOf(event({ who: evil, group: evil, target: evil, arguments: { [evil]: evil }, client: evil, server: evil, call: evil }));
    assert.doesNotMatch(sentence, /[\u0000-\u001f\u202e]/);
    assert.doesNotMatch(actorOf(event({ address: evil })), /[\u0000-\u001f\u202e]/);
    assert.match(sentence, /\\u\{1b\}\[2K/);
  });
});
