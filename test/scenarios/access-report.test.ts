import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { SqliteRows } from '../../src/adapters/audit-sinks/sqlite-rows.ts';
import { buildPolicyHistory } from '../../src/adapters/store/sqlite/policy-history.ts';
import { buildSqliteStore } from '../../src/adapters/store/sqlite/sqlite-store.ts';
import type { AccessReport } from '../../src/admin/access/access-report.ts';
import { runCli } from '../../src/cli/cli.ts';
import { openHome } from '../../src/cli/home.ts';
import type { StoredKey } from '../../src/model/api-key.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../src/model/audit-event.ts';
import { MovedClock } from '../world/moved-clock.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

/** `sallyport access report`: what could they reach then, and through what (experience.md persona (c); R69, R75). */

const stack = new AsyncDisposableStack();
let data: string;

const ms = (day: string): number => Date.parse(`${day}T00:00:00Z`);

const key = (id: string, more: Partial<StoredKey>): StoredKey => ({ id, hash: `hash of ${id}`, hint: 'sally_live_…', name: id, owner: 'alice', environment: 'live', roles: [], permissions: [], createdAtMs: ms('2026-01-10'), ...more });

const event = (id: string, at: string, more: Partial<AuditEvent>): AuditEvent => ({ v: AUDIT_SCHEMA, id, type: 'call', at: `${at}T10:00:00.000Z`, address: '::1', call: 'tools/call', decision: 'allow', ...more });

before(async () => {
  data = join(stack.use(await temporaryFolder('access-report')).path, 'data');
  const home = openHome(data);
  const store = buildSqliteStore(home.database, new MovedClock());
  store.apiKeys.insert(key('key_read', { roles: ['reader'], permissions: ['wiki:search'] }));
  store.apiKeys.insert(key('key_gone', { permissions: ['crm:*'], revokedAtMs: ms('2026-03-01') }));
  store.apiKeys.insert(key('key_short', { permissions: ['crm:*'], expiresAtMs: ms('2026-02-01') }));
  store.apiKeys.insert(key('key_later', { permissions: ['crm:*'], createdAtMs: ms('2026-05-01') }));
  store.apiKeys.insert(key('key_bob', { owner: 'bob', permissions: ['crm:*'] }));
  const policies = buildPolicyHistory(home.database);
  const policy = { permissions: {}, rules: [{ name: 'office hours', effect: 'deny' as const, who: { role: ['reader'] }, what: {}, when: {} }, { name: 'of bob', effect: 'allow' as const, who: { person: ['bob'] }, what: {}, when: {} }], people: {} };
  policies.keep({ ...policy, roles: { reader: ['crm:get_*', 'wiki:*'] } }, ms('2026-01-01'));
  policies.keep({ ...policy, roles: { reader: ['crm:get_*', 'wiki:*'] } }, ms('2026-01-02'));
  policies.keep({ ...policy, roles: { reader: ['crm:*'] }, people: { alice: { permissions: ['crm:*'] } } }, ms('2026-04-01'));
  const rows = new SqliteRows(home.database, 'terminal', home.signer);
  for (const record of [
    event('req_a', '2026-02-10', { who: 'alice', credential: 'key_read', method: 'api-key', server: 'crm', target: 'get_customer' }),
    event('req_b', '2026-02-11', { who: 'alice', credential: 'key_read', method: 'api-key', server: 'crm', target: 'get_customer' }),
    event('req_c', '2026-02-12', { who: 'alice', credential: 'tok', method: 'oauth', issuer: 'company', clientId: 'desk', server: 'wiki', target: 'search' }),
    event('req_d', '2026-02-13', { who: 'alice', credential: 'key_read', method: 'api-key', server: 'crm', target: 'delete_customer', decision: 'deny' }),
    event('req_e', '2026-02-13', { who: 'bob', credential: 'key_bob', method: 'api-key', server: 'crm', target: 'get_customer' }),
    event('req_f', '2026-04-13', { who: 'os:root', server: 'admin', call: 'admin/keys/narrow', target: 'key_read' }),
  ]) await rows.write(record);
  store.close();
  home.database.close();
});
after(() => stack.disposeAsync());

const sallyport = async (...words: readonly string[]): Promise<{ readonly out: string; readonly err: string; readonly code: number }> => {
  const said = { out: '', err: '' };
  const code = await runCli(['access', 'report', ...words, '--data', data], { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } });
  return { ...said, code };
};

const reportOf = async (asOf: string, ...words: readonly string[]): Promise<AccessReport> => JSON.parse((await sallyport('--person', 'alice', '--as-of', asOf, '--json', ...words)).out) as AccessReport;

const reachOf = ({ keys }: AccessReport): Readonly<Record<string, readonly [string, readonly string[]]>> => Object.fromEntries(keys.map(({ id, state, reached }) => [id, [state, reached]]));

suite('An access report', () => {
  test('knows which keys were good then, and what they reached by the policy of then', async () => {
    const then = await reportOf('2026-02-15');
    assert.deepEqual(reachOf(then), { key_read: ['active', ['wiki:search', 'crm:get_*', 'wiki:*']], key_gone: ['active', ['crm:*']], key_short: ['expired', []] });
    assert.equal(then.policySince, '2026-01-01T00:00:00.000Z');
    const later = await reportOf('2026-04-15');
    assert.deepEqual(reachOf(later), { key_read: ['active', ['crm:*']], key_gone: ['revoked', []], key_short: ['expired', []] });
  });

  test('says which rules could concern them, and what has changed since', async () => {
    const { rules, keys } = await reportOf('2026-02-15');
    assert.deepEqual(rules, [{ name: 'office hours', effect: 'deny' }]);
    assert.deepEqual(keys.find(({ id }) => id === 'key_read')?.changedSince, ['req_f']);
    assert.deepEqual((await reportOf('2026-04-15')).keys.find(({ id }) => id === 'key_read')?.changedSince, []);
  });

  test('tells what they came with and used before, and nothing of anybody else', async () => {
    const { seen } = await reportOf('2026-02-15');
    assert.deepEqual(seen.credentials.map(({ method, credential, client, calls }) => [method, credential, client, calls]), [['api-key', 'key_read', undefined, 3], ['oauth', 'tok', 'desk', 1]]);
    assert.deepEqual(seen.used.map(({ server, target, calls }) => [server, target, calls]), [['crm', 'get_customer', 2], ['wiki', 'search', 1]]);
    assert.deepEqual((await reportOf('2026-02-11')).seen.used.map(({ calls }) => calls), [1]);
  });

  test('is about one server where one is named', async () => {
    const { keys, seen } = await reportOf('2026-02-15', '--server', 'wiki');
    assert.deepEqual(keys.find(({ id }) => id === 'key_read')?.reached, ['wiki:search', 'wiki:*']);
    assert.deepEqual(seen.used.map(({ server }) => server), ['wiki']);
  });

  test('says when no policy of that time is known', async () => {
    assert.match((await sallyport('--person', 'alice', '--as-of', '2025-12-31')).out, /none is known of that time; .* in force since 2026-01-01/);
  });

  test('is words, or a table, and ends well', async () => {
    const words = await sallyport('--person', 'alice', '--as-of', '2026-02-15');
    assert.equal(words.code, 0);
    assert.match(words.out, /^alice at 2026-02-15T00:00:00\.000Z\npolicy: the one that came into force at 2026-01-01/);
    assert.match(words.out, /key key_gone "key_gone" was active: reached crm:\*\n/);
    assert.match((await sallyport('--person', 'alice', '--as-of', '2026-02-15', '--csv')).out, /^person,asOf,through,id,state,reach,calls\r\nalice,2026-02-15T00:00:00\.000Z,key,key_read,active,wiki:search,\r\n/);
  });

  test('refuses whom nobody knows, and times that are none or still to come', async () => {
    assert.match((await sallyport('--person', 'alcie')).err, /nobody of that name/);
    assert.match((await sallyport('--person', 'alice', '--as-of', 'tomorrow')).err, /--as-of tomorrow is neither/);
    assert.match((await sallyport('--person', 'alice', '--as-of', '2999-01-01')).err, /still to come/);
    assert.match((await sallyport('--as-of', '2026-01-01')).err, /--person/);
    assert.match((await sallyport('--person', 'alice', '--csv', '--json')).err, /do not go together/);
  });
});
