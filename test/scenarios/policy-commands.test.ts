import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { shellWords } from '../house/command-line.ts';
import { ExampleGateway, root } from '../world/example-gateway.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** The operator's side of a denial: explain it, mend it, and try a change on what was called before. */

const KEY = 'commands-key-0123456789abcdef';
const KEYS = { [KEY]: { name: 'Connector', userId: 'alice@company.com', role: 'reader', group: 'Sales', permissions: ['crm:list_customers'] } };
const CONFIG = `
servers: { crm: { command: [node, src/example/crm-server.ts] } }
permissions: { write:customers: ["crm:update_customer", "crm:delete_customer"] }
roles: { reader: ["crm:get_customer"], editor: ["write:customers"] }
owners: { editor: data-team@company.com }
`;

const sallyport = async (...words: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  let [out, err] = ['', ''];
  const code = await runCli(words, { stdout: { write: (text) => (out += text) }, stderr: { write: (text) => (err += text) }, env: { MCP_API_KEYS: JSON.stringify(KEYS) } });
  return { code, out, err };
};

suite('A denial is explained, and mended by what the explanation says', () => {
  let gateway: ExampleGateway;
  let id = '';
  before(async () => {
    gateway = await ExampleGateway.start(CONFIG, KEYS);
  });
  after(() => gateway[Symbol.asyncDispose]());

  test('the refusal names the command (R98)', async () => {
    const refused = await gateway.call(KEY, 'delete_customer', { id: 'cust_007' });
    assert.equal(refused.status, 403);
    id = String(refused.json['request_id']);
    assert.match(String(refused.json['hint']), new RegExp(`sallyport explain ${id}`));
  });

  test('the command says what is held, what is missing, what would give it, whom to ask, and what to add', async () => {
    const { code, out } = await sallyport('explain', id, '--data', gateway.dataFolder);
    assert.equal(code, 0);
    assert.match(out, /alice@company\.com \(Sales\) called delete_customer \{"id":"cust_007"\} on crm/);
    assert.match(out, /the key itself: crm:list_customers — none covers it/);
    assert.match(out, /role reader: crm:get_customer — none covers it/);
    assert.match(out, /missing +crm:delete_customer +\(write:customers, role editor would give it\)/);
    assert.match(out, /ask +data-team@company\.com, who owns the role editor/);
    assert.match(out, /rules:\n/);
  });

  test('the same as JSON, for a program', async () => {
    const { out } = await sallyport('explain', `urn:sallyport:request:${id}`, '--data', gateway.dataFolder, '--json');
    const said = JSON.parse(out) as { missing: string; change: { kind: string; lines: string }; now: { effect: string } }; // what this command prints
    assert.deepEqual([said.missing, said.now.effect, said.change.kind], ['crm:delete_customer', 'deny', 'yaml']);
    appendFileSync(gateway.configFile, `${said.change.lines}\n`);
  });

  const inTwelveHours = new Date(Date.now() + 12 * 3_600_000).toISOString().slice(11, 13);
  for (const [condition, flag, value] of [['where', '--network', '10.0.0.0/8'], ['when', '--hours', `daily ${inTwelveHours}:00-${inTwelveHours}:01 UTC`]] as const) {
    test(`a key that is refused for ${condition} it is used is told the command, which names the key and makes one that passes, with no right more`, async () => {
      const create = async (words: readonly string[]): Promise<string> => (await sallyport('keys', 'create', ...words, '--data', gateway.dataFolder)).out.trim();
      const bound = await create(['--owner', 'o', '--name', "it's bound", '--allow', 'crm:get_*', '--per-day', '50', flag, value]);
      const refused = await gateway.call(bound, 'get_customer', { id: 'cust_007' });
      assert.equal(refused.status, 403);
      const explained = await sallyport('explain', /sallyport explain (req_\w+)/.exec(String(refused.json['hint']))?.[1] ?? '', '--data', gateway.dataFolder);
      assert.match(explained.out, /another key like key_[0-9a-f]+/);
      const command = /^ +sallyport keys create (.*)$/m.exec(explained.out)?.[1] ?? '';
      const another = await create(shellWords(command, {}));
      assert.equal((await gateway.call(another, 'get_customer', { id: 'cust_007' })).status, 200);
      assert.equal((await gateway.call(another, 'delete_customer', { id: 'cust_007' })).status, 403);
      assert.equal((await gateway.call(bound, 'get_customer', { id: 'cust_007' })).status, 403);
      assert.match(command, /--per-day 50/);
    });
  }

  test('what it says to add is enough, and is no more than what was asked', async () => {
    await until('the call passes', async () => ((await gateway.call(KEY, 'delete_customer', { id: 'cust_007' })).status === 200 ? true : undefined), { withinMs: 10_000 });
    assert.equal((await gateway.call(KEY, 'update_customer', { id: 'cust_001', notes: 'x' })).status, 403);
    assert.equal((await sallyport('check', gateway.configFile)).code, 0);
    assert.match((await sallyport('explain', id, '--data', gateway.dataFolder)).out, /now +allowed by rule let alice@company\.com use delete_customer/);
  });

  test('an id that nobody has, and what is no id, are said to be so', async () => {
    const unknown = await sallyport('explain', 'req_00000000', '--data', gateway.dataFolder);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /no record of req_00000000[^]*next: /);
    for (const text of ['alice', 'req_', 'req_%', "req_' OR 1=1", '\u001b[31mreq_1']) {
      const refused = await sallyport('explain', text, '--data', gateway.dataFolder);
      assert.equal(refused.code, 2, text);
      assert.ok(!refused.err.includes('\u001b'));
    }
  });

  test('replay: a draft that takes something away is told of, with the people it concerns (code 7)', async () => {
    await gateway.call(KEY, 'get_customer', { id: 'cust_001' });
    const draft = join(gateway.dataFolder, 'draft.yaml');
    writeFileSync(draft, 'roles: { reader: ["crm:update_customer"] }\n');
    const { code, out } = await sallyport('policy', 'replay', draft, '--data', gateway.dataFolder, '--json');
    assert.equal(code, 7);
    const lines = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // what this command prints
    const said = lines.filter(({ becomes }) => becomes !== undefined).map(({ becomes, who, target }) => `${String(becomes)} ${String(who)} ${String(target)}`).toSorted();
    assert.deepEqual(said, ['allowed alice@company.com update_customer', 'denied alice@company.com delete_customer', 'denied alice@company.com get_customer']);
    assert.match(out, /"newlyDenied":\{"calls":2,"people":\["alice@company\.com"\]\}/);
  });

  test('replay: the policy in force differs in nothing but what was mended since', async () => {
    const { code, out } = await sallyport('policy', 'replay', gateway.configFile, '--data', gateway.dataFolder, '--json');
    assert.equal(code, 7);
    assert.deepEqual(out.match(/"becomes":"\w+"/g), ['"becomes":"allowed"']);
    assert.equal((await sallyport('policy', 'replay', gateway.configFile, '--data', gateway.dataFolder, '--since', '2999-01-01')).code, 0);
  });

  test('replay: a draft that cannot be read, and a time that is none, are refused with the next step', async () => {
    const broken = join(gateway.dataFolder, 'broken.yaml');
    writeFileSync(broken, 'roles: { reader: ["crm:get_customer"] }\nrules:\n  - { name: x, effect: deny, what: { server: crmm } }\n');
    const refused = await sallyport('policy', 'replay', broken, '--data', gateway.dataFolder);
    assert.equal(refused.code, 6);
    assert.match(refused.err, /broken\.yaml:3:\d+ {2}rules\.0\.what\.server\.0: .*did you mean crm\?/);
    assert.equal((await sallyport('policy', 'replay', join(gateway.dataFolder, 'none.yaml'), '--data', gateway.dataFolder)).code, 6);
    for (const since of ['soon', '30', '-1d', '13x']) assert.equal((await sallyport('policy', 'replay', broken, `--since=${since}`, '--data', gateway.dataFolder)).code, 2, since);
  });

  test('shadow: a second policy decides nothing, and what it would have done stands in the record', async () => {
    writeFileSync(join(gateway.configFile, '..', 'next.yaml'), 'roles: { reader: ["crm:update_customer"], editor: [] }\n');
    appendFileSync(gateway.configFile, 'shadow: next.yaml\n');
    const noted = async (): Promise<string | undefined> => {
      assert.equal((await gateway.call(KEY, 'get_customer', { id: 'cust_001' })).status, 200, 'it decides nothing');
      const { code, out } = await sallyport('policy', 'shadow', '--data', gateway.dataFolder);
      return code === 7 ? out : undefined;
    };
    assert.match(await until('a difference is noted', noted, { withinMs: 10_000 }), /✗ newly denied .* alice@company\.com {2}tools\/call get_customer on crm {2}by no permission/);
    await gateway.call(KEY, 'list_customers');
    assert.doesNotMatch((await sallyport('policy', 'shadow', '--data', gateway.dataFolder)).out, /list_customers/, 'where it agrees nothing is noted');
  });
});

suite('The cases beside a policy', () => {
  for (const name of ['read-not-modify', 'own-team', 'admin-in-office-hours', 'all-but-finance']) {
    test(`those of examples/${name}.yaml come out as they say`, async () => assert.equal((await sallyport('policy', 'test', '-c', join(root, 'examples', `${name}.yaml`))).code, 0));
  }

  test('one that comes out otherwise is told of, with code 7; cases that cannot be read, with code 6', async () => {
    await using folder = await temporaryFolder('cases');
    const file = join(folder.path, 'x.cases.yaml');
    const config = join(root, 'examples/own-team.yaml');
    const run = (text: string) => {
      writeFileSync(file, text);
      return sallyport('policy', 'test', file, '-c', config);
    };
    const failed = await run('cases:\n  - { name: all may, who: { role: member }, what: { server: crm, tool: delete_customer }, expect: allow }\n');
    assert.equal(failed.code, 7);
    assert.match(failed.out, /✗ all may: expected allow, and it is deny\n0 of 1 case/);
    const byOther = await run('cases:\n  - { name: by, who: { role: member }, what: { server: crm, tool: get_customer }, expect: allow, rule: own team only }\n');
    assert.match(byOther.out, /expected allow by own team only, and it is by role member: read:customers/);
    for (const text of ['', 'cases: []\n', 'cases:\n  - { name: x, what: { server: crm }, expect: maybe }\n', 'cases:\n  - { name: x, what: { server: crm, tool: a, prompt: b }, expect: deny }\n', 'cases: {\n']) assert.equal((await run(text)).code, 6, text);
    assert.equal((await sallyport('policy', 'test', join(folder.path, 'none.yaml'), '-c', config)).code, 6);
  });

  test('a case that leaves the time open, where a rule asks for it, is not judged', async () => {
    await using folder = await temporaryFolder('cases');
    const file = join(folder.path, 'x.cases.yaml');
    writeFileSync(file, 'cases:\n  - { name: x, who: { role: admin }, what: { server: crm, tool: get_customer }, expect: allow }\n');
    const { code, out } = await sallyport('policy', 'test', file, '-c', join(root, 'examples/admin-in-office-hours.yaml'));
    assert.equal(code, 7);
    assert.match(out, /say at/);
  });
});
