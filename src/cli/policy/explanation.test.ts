import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { RuleText } from '../../model/policy.ts';
import { explain } from './explanation.ts';
import { judgeBy } from './past-call.ts';
import { ReplayTally } from './replay.ts';
import type { PolicySource } from './read-policy.ts';

const record = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  v: 1, type: 'call', id: 'req_1', at: '2026-07-28T12:00:00.000Z', who: 'alice@company.com', name: 'Connector', group: 'Sales', groups: ['Sales'], credential: 'key_1', method: 'api-key', roles: ['reader'],
  address: '192.0.2.7', server: 'crm', environment: 'live', call: 'tools/call', target: 'delete_customer', arguments: { id: 'cust_789' }, decision: 'deny', ...more,
});

const rule = (more: Partial<RuleText>): RuleText => ({ name: 'one', effect: 'allow', who: {}, what: {}, when: {}, ...more });

const source = (rules: readonly RuleText[] = [], more: Partial<PolicySource['policy']> = {}, file: string | undefined = 'sallyport.yaml'): PolicySource => ({
  file, servers: ['crm'], accepted: new Map(), people: {},
  policy: { permissions: { 'write:customers': ['crm:delete_*'] }, roles: { reader: ['crm:get_*'] }, owners: { 'write:customers': 'data-team' }, rules: rules as PolicySource['policy']['rules'], ...more }, // read-only lists in place of zod's
});

const own = () => ['crm:list_*'];

suite('An explanation', () => {
  test('names what is held, what is missing, what would give it and whom to ask (R97)', () => {
    const said = explain(record(), source(), own);
    assert.deepEqual(said.held, [{ from: 'the key itself', permissions: ['crm:list_*'], covers: false }, { from: 'role reader', permissions: ['crm:get_*'], covers: false }]);
    assert.equal(said.missing, 'crm:delete_customer');
    assert.deepEqual(said.grantedBy, ['write:customers']);
    assert.equal(said.ask, 'data-team, who owns the permission write:customers');
  });

  test('suggests a permission more for a key that a command can change', () => {
    assert.equal(explain(record(), source(), own).change?.lines, "sallyport keys allow key_1 'crm:delete_customer'");
  });

  test('suggests no command that a caller could have written: what stands in it is quoted', () => {
    const odd = record({ call: 'resources/read', target: "crm://x';reboot;'" });
    assert.equal(explain(odd, source(), own).change?.lines, String.raw`sallyport keys allow key_1 'crm:resource/crm://x'\'';reboot;'\'''`);
    assert.equal(explain(record({ call: 'resources/read', target: 'crm://a b' }), source(), own).change?.kind, 'yaml');
  });

  test('says when it is the owner who bounds the key, and raises the owner', () => {
    const bounded = { ...source(), people: { 'alice@company.com': { permissions: ['crm:get_*'] } } };
    const said = explain(record(), bounded, () => ['crm:*']);
    assert.equal(said.now?.effect, 'deny');
    assert.deepEqual(said.held.map(({ covers }) => covers), [true, false, false]);
    assert.equal(said.change?.lines, 'people:\n  alice@company.com:\n    permissions:\n      - crm:get_*\n      - crm:delete_customer');
  });

  test('suggests a rule for this credential and this tool, in lines that can be pasted', () => {
    assert.equal(explain(record({ credential: 'env_1' }), source(), own).change?.lines, 'rules:\n  - name: let alice@company.com use delete_customer\n    effect: allow\n    who:\n      key: env_1\n    what:\n      server: crm\n      tool: delete_customer');
  });

  test('suggests a command where there is no file', () => {
    const { change, ask } = explain(record(), source([], {}, ''), own);
    assert.ok(change !== undefined && ask !== '');
    const stored = explain(record({ credential: 'key_1' }), { ...source(), file: undefined }, own);
    assert.equal(stored.change?.lines, "sallyport keys allow key_1 'crm:delete_customer'");
    const bare = explain(record({ credential: 'env_1' }), { ...source(), file: undefined }, own);
    assert.equal(bare.change?.lines, "sallyport keys create --owner alice@company.com --name Connector --allow 'crm:list_*' --allow 'crm:delete_customer' --role reader");
  });

  test('of a denial by a rule suggests an exception from it, and a second rule only where it takes one', () => {
    const deny = rule({ name: 'no', effect: 'deny', when: { environment: 'live' } });
    const held = explain(record(), source([deny]), () => ['crm:*']);
    assert.equal(held.now?.effect, 'deny');
    assert.match(held.change?.lines ?? '', /^rules:\n {2}- name: no\n {4}effect: deny\n {4}when:\n {6}environment: live\n {6}expr: principal\.id != "key_1"$/);
    assert.equal(explain(record(), source([deny]), own).change?.lines.match(/name:/g)?.length, 2);
  });

  test('says of a rule about the owner that it does not reach a key that was made narrow, and what would', () => {
    const open = rule({ name: 'sales', who: { group: ['Sales'] } });
    const said = explain(record(), source([open]), own);
    assert.deepEqual(said.tried, [{ rule: 'sales', effect: 'allow', outcome: 'other-key' }]);
    assert.equal(said.change?.lines, "sallyport keys allow key_1 'crm:delete_customer'");
    assert.equal(explain(record({ roles: [], whole: true }), source([open]), () => []).now?.effect, 'allow');
  });

  test('finds the denial of a role that only the owner has', () => {
    const closed = rule({ name: 'no interns', effect: 'deny', who: { role: ['intern'] } });
    const people = { 'alice@company.com': { roles: ['reader', 'intern'] } };
    const said = explain(record({ target: 'get_customer' }), { ...source([closed]), people }, () => ['crm:*']);
    assert.equal(said.now?.effect === 'deny' && said.now.because, 'rule');
    assert.equal(explain(record({ target: 'get_customer' }), { ...source([closed]), people: { 'alice@company.com': { roles: ['reader'] } } }, () => ['crm:*']).now?.effect, 'allow');
  });

  test('says which condition did not hold, and what it saw', () => {
    const hours = rule({ name: 'office', who: { role: ['reader'] }, when: { hours: { from: '09:00', to: '10:00', zone: 'Europe/Berlin' } } });
    const said = explain(record(), source([hours]), own);
    assert.deepEqual(said.tried, [{ rule: 'office', effect: 'allow', outcome: 'condition', why: 'hours: every day 09:00 to 10:00 Europe/Berlin; it was tue 14:00' }]);
    assert.equal(said.now?.effect === 'deny' && said.now.because, 'condition');
  });

  test('of an allowed call says what allowed it and suggests nothing', () => {
    const said = explain(record({ target: 'list_customers', decision: 'allow' }), source(), own);
    assert.deepEqual(said.now, { effect: 'allow', rule: 'key: crm:list_*' });
    assert.equal(said.change, undefined);
  });

  test('suggests nothing that would allow more than was asked', () => {
    assert.equal(explain(record({ call: 'resources/read', target: 'crm://*' }), source(), own).change, undefined);
  });

  test('does not guess: of a caller who was not proven, or a call that was not kept whole, it judges nothing', () => {
    const { credential: _credential, who: _who, ...stranger } = record();
    assert.equal(explain(stranger, source(), own).now, undefined);
    assert.equal(explain(record({ target: '[redacted]' }), source(), own).now, undefined);
    const masked = rule({ who: { role: ['reader'] }, when: { arguments: { id: { equals: 'cust_789' } } } });
    assert.equal(explain(record({ arguments: { id: '[redacted]' } }), source([masked]), own).now?.effect, 'unknown');
  });
});

suite('Of a client with a certificate', () => {
  const certified = record({ method: 'mtls', who: 'service:bot', credential: 'cert_x', roles: [], target: 'get_customer', whole: true });
  const people = (permissions: readonly string[]): PolicySource => ({ ...source(), people: { 'service:bot': { permissions } } });

  test('what people gives it counts, and is told as that (D2)', () => {
    const said = explain(certified, people(['crm:get_*']), () => undefined);
    assert.equal(said.now?.effect, 'allow');
    assert.deepEqual(said.held, [{ from: 'people says of service:bot', permissions: ['crm:get_*'], covers: true }]);
  });

  test('what people does not give it is missing, whatever its record was decided by', () => {
    const said = explain({ ...certified, decision: 'allow', rule: 'person: crm:get_*' }, people(['crm:list_*']), () => undefined);
    assert.deepEqual([said.now?.effect, said.missing], ['deny', 'crm:get_customer']);
    assert.match(said.change?.lines ?? '', /crm:get_customer/);
  });

  test('a replay under a draft that takes the permission away says so, and counts none as untold', () => {
    const tally = (permissions: readonly string[]) => {
      const { policy, accepted, people: drafted } = people(permissions);
      const made = new ReplayTally(judgeBy(policy, { accepted, people: drafted }), () => undefined);
      made.add({ ...certified, decision: 'allow', rule: 'person: crm:get_*' });
      const { calls, differences, untold } = made.result();
      return [calls, differences.length, untold];
    };
    assert.deepEqual([tally(['crm:get_*']), tally(['crm:list_*'])], [[1, 0, 0], [1, 1, 0]]);
  });
});
