import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { recordSchema } from '../../src/admin/audit/record-schema.ts';
import { Retention } from '../../src/adapters/audit-sinks/retention.ts';
import { openHome } from '../../src/cli/home.ts';
import { runCli } from '../../src/cli/cli.ts';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import type { ListedAudit } from '../../src/admin/operations/list-audit.ts';
import { ExampleGateway, root } from '../world/example-gateway.ts';

/** Who may look into the trail, at what of it, and that each look is on record (experience.md persona (f); R69, R76). */

const [CALLER, ADMIN, AUDITOR, CLERK] = ['caller', 'admin', 'auditor', 'clerk'].map((name) => `${name}-key-0123456789abcdef01`) as [string, string, string, string];
const stack = new AsyncDisposableStack();
let gateway: ExampleGateway;

before(async () => {
  gateway = stack.use(await ExampleGateway.start(`servers:
  crm:
    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(root, 'src/example/crm-server.ts'))}]
`, {
    [CALLER]: { name: 'caller', userId: 'alice', permissions: ['crm:*'] },
    [ADMIN]: { name: 'admin', userId: 'ann', permissions: ['admin:*'] },
    [AUDITOR]: { name: 'auditor', userId: 'olga', permissions: ['admin:audit.read', 'admin:audit-payload'] },
    [CLERK]: { name: 'clerk', userId: 'carl', permissions: ['admin:keys', 'crm:*'] },
  }));
  for (const id of ['cust_789', 'cust_123', 'cust_456']) await gateway.call(CALLER, 'get_customer', { id });
});
after(() => stack.disposeAsync());

const ask = async (key: string, query: string): Promise<{ readonly status: number; readonly json: ListedAudit & { readonly detail?: string; readonly code?: string; readonly required_permission?: string } }> => {
  const response = await fetch(`${gateway.origin}/api/audit${query}`, { headers: { 'x-api-key': key } });
  return { status: response.status, json: (await response.json()) as ListedAudit };
};

const q = (filter: string): string => `?q=${encodeURIComponent(filter)}`;

const sallyport = async (...words: readonly string[]): Promise<{ readonly out: string; readonly err: string; readonly code: number }> => {
  const said = { out: '', err: '' };
  const code = await runCli([...words, '--data', gateway.dataFolder], { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } });
  return { ...said, code };
};

const looks = async (filter: string): Promise<readonly AuditEvent[]> => (await ask(AUDITOR, q(`call:admin/audit/* ${filter}`))).json.records;

suite('Looking into the trail by HTTP', () => {
  test('shows an auditor what was called and with what, newest first', async () => {
    const { status, json } = await ask(AUDITOR, q('tool:get_customer'));
    assert.equal(status, 200);
    assert.deepEqual(json.records.map((record) => record.arguments), [{ id: 'cust_456' }, { id: 'cust_123' }, { id: 'cust_789' }]);
    assert.equal(json.next, undefined);
  });

  test('shows an administrator what was called and not with what, and no filter finds it out', async () => {
    const { json } = await ask(ADMIN, q('tool:get_customer'));
    assert.equal(json.records.length, 3);
    assert.deepEqual(json.records.filter((record) => 'arguments' in record), []);
    assert.equal((await ask(ADMIN, q('cust_789 tool:get_customer'))).json.records.length, 0);
    assert.equal((await ask(AUDITOR, q('cust_789 tool:get_customer'))).json.records.length, 1);
  });

  test('goes on page by page', async () => {
    const first = (await ask(AUDITOR, `${q('tool:get_customer')}&limit=2`)).json;
    assert.equal(first.records.length, 2);
    const second = (await ask(AUDITOR, `${q('tool:get_customer')}&limit=2&cursor=${String(first.next)}`)).json;
    assert.deepEqual(second.records.map((record) => record.arguments), [{ id: 'cust_789' }]);
  });

  test('is refused to whoever may administer something else, and to whoever may call everything', async () => {
    for (const key of [CLERK, CALLER]) {
      const { status, json } = await ask(key, '');
      assert.deepEqual([status, json.code, json.required_permission], [403, 'permission.denied', 'admin:audit.read']);
    }
  });

  test('says where a filter cannot be read', async () => {
    const { status, json } = await ask(AUDITOR, q('whom:bob'));
    assert.deepEqual([status, json.code], [400, 'admin.input']);
    assert.match(json.detail ?? '', /column 1: .*did you mean "who:"/);
    assert.equal((await ask(AUDITOR, '?limit=0')).status, 400);
    assert.equal((await ask(AUDITOR, '?cursor=x')).status, 400);
    assert.equal((await ask(AUDITOR, '?query=x')).status, 400);
  });

  test('is itself on record: who, and by which filter', async () => {
    await ask(ADMIN, q('who:alice decision:allow'));
    const [look] = await looks('who:ann');
    assert.deepEqual([look?.who, look?.call, look?.target, look?.decision], ['ann', 'admin/audit/list', 'who:alice decision:allow', 'allow']);
    assert.equal((await looks('who:carl decision:deny')).length, 1, 'a look that was refused, too');
  });

  test('is a right that an administrator neither has nor gives, nor takes with the key of an auditor', async () => {
    const create = async (key: string): Promise<number> => (await fetch(`${gateway.origin}/api/keys`, { method: 'POST', headers: { 'x-api-key': key, 'content-type': 'application/json' }, body: JSON.stringify({ name: 'mine', owner: 'ann', permissions: ['admin:audit-payload'], days: 1 }) })).status;
    assert.equal(await create(ADMIN), 403);
    const made = await sallyport('keys', 'create', '--owner', 'olga', '--allow', 'admin:audit.read', '--allow', 'admin:audit-payload', '--json');
    const { id } = JSON.parse(made.out) as { readonly id: string };
    const rotated = await fetch(`${gateway.origin}/api/keys/${id}/rotate`, { method: 'POST', headers: { 'x-api-key': ADMIN, 'content-type': 'application/json' }, body: '{}' });
    assert.equal(rotated.status, 403, await rotated.text());
    const all = await fetch(`${gateway.origin}/api/keys/rotate-all`, { method: 'POST', headers: { 'x-api-key': ADMIN, 'content-type': 'application/json' }, body: JSON.stringify({ filter: { owner: 'olga' } }) });
    const said = await all.text();
    assert.match(said, /"outcome":"refused"/);
    assert.doesNotMatch(said, /sally_live_\w{49}/);
  });
});

suite('Looking into the trail at the terminal', () => {
  test('is on record once for each command, before it shows anything, and not in its own answer', async () => {
    const { out } = await sallyport('audit', 'tool:get_customer', '--json');
    assert.equal(out.trim().split('\n').length, 3);
    await sallyport('audit', 'list', 'tool:get_customer');
    await sallyport('audit', 'export', 'tool:get_customer', '--format', 'cef');
    const found = await looks('who:os:* target:"tool:get_customer"');
    assert.deepEqual(found.map(({ call, type, address }) => [call, type, address]), [['admin/audit/export', 'call', 'terminal'], ['admin/audit/list', 'call', 'terminal'], ['admin/audit/list', 'call', 'terminal']]);
  });

  test('is on record too where one call is explained, or many are judged again, and leaves none where there is nothing to explain', async () => {
    const [call] = (await ask(AUDITOR, q('tool:get_customer'))).json.records;
    const id = call?.id ?? '';
    assert.equal((await sallyport('explain', id)).code, 0);
    assert.equal((await sallyport('explain', 'req_00000000')).code, 1);
    await sallyport('policy', 'shadow', '--since', '1h');
    assert.deepEqual((await looks('who:os:*')).slice(0, 1).map(({ call: what, target, address }) => [what, target, address]), [['admin/audit/explain', id, 'terminal']]);
    assert.equal((await ask(AUDITOR, q('call:admin/policy/shadow'))).json.records.length, 1);
  });

  test('leaves none where the filter cannot be read', async () => {
    const known = (await looks('who:os:*')).length;
    assert.equal((await sallyport('audit', 'whom:x')).code, 2);
    assert.equal((await looks('who:os:*')).length, known);
  });
});

suite('Every record of a gateway that ran', () => {
  const wrong = (text: string): string | undefined => {
    const { error } = recordSchema.safeParse(JSON.parse(text));
    return error === undefined ? undefined : `${text}: ${error.message}`;
  };

  test('is as the schema of version 1 says, those about the trail itself included (docs/audit.schema.json)', async () => {
    await gateway.call('no-key-of-anybody-0123456789', 'get_customer');
    await gateway.call(CALLER, 'delete_customer', { id: 'cust_789', password: 'x', deep: { a: [1, null, true] } });
    await gateway.send(CALLER, 'tools/list', {});
    await gateway.send(CALLER, 'nothing/known', {});
    await fetch(`${gateway.origin}/nowhere`);
    await gateway.stop(); // which writes a checkpoint
    const home = openHome(gateway.dataFolder);
    try {
      new Retention(home).step({ reads: 1 }, Date.parse('2100-01-01T00:00:00Z'));
      const texts = home.database.prepare('SELECT event FROM audit').all().map((row) => String(row['event']));
      assert.deepEqual(texts.flatMap((text) => wrong(text) ?? []), []);
      assert.deepEqual([...new Set(texts.map((text) => (JSON.parse(text) as { type: string }).type))].toSorted(), ['call', 'checkpoint', 'intent', 'pruned', 'pruning']);
    } finally {
      home.database.close();
    }
  });
});
