import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { PolicyInForce } from '../../src/stages/authorize/policy-in-force.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { calling, modern } from '../world/mcp-requests.ts';
import type { RawReply } from '../world/raw-http.ts';

/** Group N, rules: conditions that are attacked with arguments, spellings and time. */

const SALES = 'sales-key-0123456789abcdef0';
const NOBODY = 'nogroup-key-0123456789abcde';
const RULES = [
  { name: 'own team', effect: 'allow', who: { role: 'member' }, what: { server: 'alpha', tool: 'delete_thing' }, when: { arguments: { team: { equals: 'principal.group' } } } },
  { name: 'small amounts', effect: 'deny', what: { server: 'alpha', tool: 'get_other' }, when: { expr: 'call.arguments.amount > 100' } },
  { name: 'closed papers', effect: 'deny', what: { server: 'alpha', resource: 'doc://closed/*' } },
  { name: 'no secrets', effect: 'deny', what: { server: 'alpha', tool: 'secret_*' } },
];
const world = await AttackWorld.start({
  rules: RULES, roles: { member: [] },
  keys: { [SALES]: { name: 'Sales', userId: 'bob@company.com', role: 'member', group: 'Sales', permissions: [] }, [NOBODY]: { name: 'Nobody', userId: 'eve@company.com', role: 'member', permissions: [] } },
});
after(() => world[Symbol.asyncDispose]());

const DENIED = { status: 403, code: 'policy.denied' } as const;

const withoutIds = (reply: RawReply, name: string): string => reply.text.replaceAll(reply.headers.get('x-request-id')?.[0] ?? 'none', 'ID').replaceAll(name, 'NAME').replace(/Date: [^\r]+/, '').replace(/Content-Length: \d+/, '');

suite('A condition about arguments', () => {
  test('[Q04] lets the own team through', () => world.passes(calling('delete_thing', { key: SALES }, { team: 'Sales' })).then(() => undefined));
  const tricks: readonly JsonObject[] = [{}, { team: 'Finance' }, { team: ['Sales'] }, { team: { '0': 'Sales' } }, { team: null }, { team: true }, { team: 'SALES' }, { team: 'Sales\u00a0' }, { team: 'Sale\u017f' }, { team: 'Sal\u0435s' }, { Team: 'Sales' }, { 'team.': 'Sales' }];
  for (const values of tricks) test(`[Q04] and not ${JSON.stringify(values)}`, () => world.refuses(calling('delete_thing', { key: SALES }, values), DENIED).then(() => undefined));
  test('[Q04] nor somebody of no team who names none', async () => {
    for (const values of [{}, { team: '' }, { team: 'undefined' }, { team: null }]) await world.refuses(calling('delete_thing', { key: NOBODY }, values), DENIED);
  });
  test('[Q04] a member that comes twice is refused before any rule reads it', async () => {
    const { body, ...request } = calling('delete_thing', { key: SALES }, { team: 'Sales' });
    const doubled = String(body).replace('"team":"Sales"', '"team":"Finance","team":"Sales"');
    await world.refuses({ ...request, body: doubled }, { status: 400, code: 'rpc.invalid', rpc: -32600 });
  });
});

suite('A rule that cannot be judged', () => {
  test('[Q01] denies, and the record says which and why', async () => {
    const { position } = world;
    await world.refuses(calling('get_other', { key: KEYS.full }), DENIED);
    const [record] = world.calls(position);
    assert.match(record?.reason ?? '', /"small amounts" cannot be judged: No such key: amount/);
    assert.equal(record?.rule, 'rule small amounts');
  });
  test('[Q01] so does an argument of another type', () => world.refuses(calling('get_other', { key: KEYS.full }, { amount: [1] }), DENIED).then(() => undefined));
  test('[Q01] and one that can be judged passes', () => world.passes(calling('get_other', { key: KEYS.full }, { amount: 99 })).then(() => undefined));
  test('[Q01] a file with a rule that cannot be read does not start', () => {
    const config = (rule: JsonObject): string => JSON.stringify({ servers: { alpha: { url: 'http://127.0.0.1:1/' } }, rules: [{ name: 'x', effect: 'deny', ...rule }] });
    assert.doesNotThrow(() => parseConfig(config({}), 'test'));
    const bad: readonly JsonObject[] = [{ effect: 'permit' }, { who: {} }, { who: { role: 'ghost' } }, { what: { server: 'alhpa' } }, { when: { expr: '"a".matches("(a+)+$")' } }, { when: { expr: 'true &&' } }, { when: { hour: {} } }, { when: { hours: { from: '09:00', to: '09:00', zone: 'UTC' } } }, { when: { networks: ['10.0.0.1/8'] } }, { name: '' }];
    for (const rule of bad) assert.throws(() => parseConfig(config(rule), 'test'), ConfigError, JSON.stringify(rule));
  });
  test('[Q01] and its message has line, column and what was probably meant', () => {
    const text = 'servers: { alpha: { url: "http://127.0.0.1:1/" } }\nroles: { reader: [] }\nrules:\n  - name: x\n    effect: deny\n    who: { role: raeder }\n';
    assert.throws(() => parseConfig(text, 'sallyport.yaml'), /sallyport\.yaml:6:\d+ {2}rules\.0\.who\.role\.0: .*did you mean reader\?/);
  });
});

suite('A resource that a rule closes', () => {
  for (const uri of ['doc://closed/1', 'DOC://closed/1', 'doc://CLOSED/1', 'doc://closed%2F1', 'doc://%63losed/1', 'doc://%2563losed/1']) {
    test(`[Q04] is closed as ${uri}`, () => world.refuses(modern('resources/read', { uri }, { key: KEYS.full }), DENIED).then(() => undefined));
  }
  test('[Q04] and no other is', () => world.passes(modern('resources/read', { uri: 'doc://open/1' }, { key: KEYS.full })).then(() => undefined));
  test('[Q03] is not listed either', async () => {
    const { text } = await world.passes(modern('resources/list', {}, { key: KEYS.full }));
    assert.match(text, /doc:\/\/open\/1/);
    assert.doesNotMatch(text, /closed/);
  });
});

suite('What a rule hides', () => {
  test('[Q03] answers like what is not there', async () => {
    const shown = async (name: string): Promise<string> => withoutIds(await world.refuses(calling(name, { key: KEYS.full }), DENIED), name);
    assert.equal(await shown('secret_tool'), await shown('secret_nothing'));
  });
  test('[Q03] a refusal names no rule to the caller, and the command that explains it to the operator', async () => {
    const reply = await world.refuses(calling('secret_tool', { key: KEYS.full }), DENIED);
    assert.doesNotMatch(reply.text, /no secrets/);
    assert.match(reply.text, new RegExp(`sallyport explain ${reply.headers.get('x-request-id')?.[0] ?? 'none'}`));
  });
});

suite('[Q07] A policy that is replaced', () => {
  test('[Q07] decides nothing from the next request on, and each record has the version that decided', async () => {
    const { position } = world;
    await world.passes(calling('get_thing', { key: KEYS.full }));
    await world.reconfigure({ rules: [...RULES, { name: 'nothing more', effect: 'deny', what: { server: 'alpha', tool: 'get_thing' } }], roles: { member: [] } });
    world.control = calling('delete_thing', { key: KEYS.full, id: 'control' });
    await world.refuses(calling('get_thing', { key: KEYS.full }), DENIED);
    const [before, after_] = world.calls(position).filter(({ target }) => target === 'get_thing');
    assert.match(before?.policy ?? '', /^[0-9a-f]{12}$/);
    assert.match(after_?.policy ?? '', /^[0-9a-f]{12}$/);
    assert.notEqual(before?.policy, after_?.policy);
  });

  test('[Q07] is not asked by a request that is still arriving a second later', () => {
    const inForce = new PolicyInForce();
    inForce.put('a', 0);
    assert.equal(inForce.hasReplaced('a', 1e9), false);
    inForce.put('b', 5_000);
    assert.deepEqual([5_000, 6_000, 6_001].map((now) => inForce.hasReplaced('a', now)), [false, false, true]);
    inForce.put('b', 9_000);
    assert.equal(inForce.hasReplaced('a', 9_001), true, 'the same policy again begins no new moment');
    assert.equal(inForce.hasReplaced('b', 1e9), false);
  });
});
