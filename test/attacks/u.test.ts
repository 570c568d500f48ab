import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ALPHA_TOKEN, KEYS } from '../world/attack-config.ts';
import { AttackWorld, rpcCodeOf } from '../world/attack-world.ts';
import { calling } from '../world/mcp-requests.ts';
import { until } from '../world/until.ts';

/** Group U, end to end: what a stdio child gets from the gateway, and what its failures cost the others. */

const crm = [process.execPath, join(import.meta.dirname, '../../src/example/crm-server.ts')];
const OWN = 'own-secret-of-the-child-5d1f';

const world = await AttackWorld.start({
  servers: {
    child: { command: crm, env: { CRM_TOKEN: 'env:CHILD_SECRET' } },
    crashing: { command: [process.execPath, '-e', 'process.exit(7)'] },
  },
  env: { CHILD_SECRET: OWN, NODE_OPTIONS: '--no-warnings', LD_LIBRARY_PATH: '/nowhere', UNRELATED_SECRET: 'unrelated-secret-77aa' }, // sallyport-scan: allow, it opens nothing
});
after(() => world[Symbol.asyncDispose]());

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly words: string;
}

/** Every process, from /proc. */
const processes = (): readonly Process[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      return [{ pid: Number(name), parent: Number(fields[1]), words: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ') }];
    } catch {
      return []; // it has ended meanwhile
    }
  });

/** All that descend from a process. */
const below = (pid: number): readonly Process[] => {
  const all = processes();
  const children = all.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...below(child.pid)]);
};

const childOf = (pid: number): Process => {
  const found = below(pid).find(({ words }) => words.includes('crm-server.ts') && !words.includes('guardian'));
  assert.ok(found, 'the child does not run');
  return found;
};

suite("A stdio child's surroundings", () => {
  test("[I05] [I01] its environment holds what was configured for it and nothing else of the gateway's", async () => {
    const reply = await world.send(calling('get_customer', { key: KEYS.full, server: 'child' }, { id: 'cust_789' }));
    assert.equal(reply.status, 200, reply.text);
    const environment = readFileSync(`/proc/${String(childOf(world.pid).pid)}/environ`, 'latin1');
    for (const secret of [...Object.values(KEYS), ALPHA_TOKEN, 'unrelated-secret-77aa', 'MCP_API_KEYS', 'NODE_OPTIONS', 'LD_LIBRARY_PATH']) assert.ok(!environment.includes(secret), secret);
    assert.ok(environment.includes(`CRM_TOKEN=${OWN}`), 'control: its own credential is there');
  });

  test('[I05] no secret stands in any command line', () => {
    const family = [...processes().filter(({ pid }) => pid === world.process.pid), ...below(world.process.pid)];
    assert.ok(family.length > 1);
    const words = family.map((one) => one.words).join('\n');
    for (const secret of [...Object.values(KEYS), ALPHA_TOKEN, OWN]) assert.ok(!words.includes(secret), secret);
  });

  test('[I01] nothing a caller sends reaches a command line or a shell', async () => {
    const { pid } = childOf(world.pid);
    for (const id of ['$(touch /tmp/x)', '`id`', '; exit 1', '&& kill 0', '| sh', '../../etc/passwd', '--inspect']) {
      const reply = await world.send(calling('get_customer', { key: KEYS.full, server: 'child' }, { id, env: { NODE_OPTIONS: '--inspect' }, command: 'sh' }));
      assert.equal(reply.status, 200);
    }
    assert.equal(childOf(world.pid).pid, pid, 'the child is the same');
  });
});

suite('Two callers share one child', () => {
  test('[M02] equal JSON-RPC ids never cross', async () => {
    const ask = async (key: string, id: string): Promise<void> => {
      const reply = await world.send(calling('get_customer', { key, server: 'child', id: 1 }, { id }));
      assert.ok(reply.body.includes(`\\"id\\": \\"${id}\\"`), reply.body);
    };
    const rounds = Array.from({ length: 300 }, (_, round) => round);
    await Promise.all(rounds.flatMap((round) => [ask(KEYS.full, round % 2 === 0 ? 'cust_001' : 'cust_002'), ask(KEYS.other, round % 2 === 0 ? 'cust_789' : 'cust_003')]));
  });
});

suite('A server that keeps crashing', () => {
  test('[I03] is refused at once with 502 or 503 and the others go on', async () => {
    for (let round = 0; round < 12; round += 1) {
      const reply = await world.send(calling('anything', { key: KEYS.full, server: 'crashing' }));
      assert.ok(reply.status === 503 || reply.status === 502, reply.text);
      world.assertDiscreet(reply.text);
      assert.equal((await world.send(calling('get_customer', { key: KEYS.full, server: 'child' }, { id: 'cust_001' }))).status, 200);
    }
    await world.assertWell();
  });

  test('[I03] is named in /readyz, in words, while the gateway stays ready', async () => {
    const reply = await world.send({ method: 'GET', target: '/readyz', headers: [['Host', '127.0.0.1'], ['Connection', 'close']] });
    assert.equal(reply.status, 200);
    assert.match(reply.body, /"degraded".*server crashing: /);
  });
});

test('[I03] when the gateway is killed, its children are gone', async () => {
  await using other = await AttackWorld.start({ servers: { child: { command: crm } } });
  assert.equal((await other.send(calling('get_customer', { key: KEYS.full, server: 'child' }, { id: 'cust_001' }))).status, 200);
  const family = below(other.process.pid).map(({ pid }) => pid);
  assert.ok(family.length > 0);
  other.process.signal('SIGKILL');
  await other.process.exited;
  const none = (): true | undefined => (processes().some(({ pid, words }) => family.includes(pid) && words !== '') ? undefined : true);
  await until('none of its children is left', () => Promise.resolve(none()), { withinMs: 10_000 });
});

test('[M09] control: an unknown tool of the child is its own answer', async () => {
  const reply = await world.send(calling('no_such_tool', { key: KEYS.full, server: 'child' }));
  assert.equal(reply.status, 200);
  assert.equal(rpcCodeOf(reply), -32602);
});
