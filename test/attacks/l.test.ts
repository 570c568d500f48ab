import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parseStrict } from '../../src/stages/understand/strict-json.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { calling, legacy, META } from '../world/mcp-requests.ts';
import type { RequestParts } from '../world/raw-http.ts';

/** Group L, what is in a message: whatever two readers could read differently is refused, and what passes goes on byte for byte. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const INVALID = { status: 400, code: 'rpc.invalid', rpc: -32600 } as const;
const MALFORMED = { status: 400, code: 'rpc.parse', rpc: -32700 } as const;
const meta = JSON.stringify(META);
const MEMBERS = Reflect.ownKeys(Object.prototype).length;

/** A call of `get_thing` with this body, under the headers that a good one has. */
const sending = (body: string | Buffer): RequestParts => calling('get_thing', { key: KEYS.full, body });
const refused = async (body: string, as: typeof INVALID | typeof MALFORMED = INVALID): Promise<void> => void (await world.refuses(sending(body), as));
const inEnvelope = (members: string): string => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_thing","_meta":${meta}}${members}}`;
const inParams = (members: string): string => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_thing","_meta":${meta}${members}}}`;
const inArguments = (members: string): string => inParams(`,"arguments":{${members}}`);

/** Passes, and the upstream reads the very bytes that were judged. */
async function passes(body: string): Promise<void> {
  await world.passes(sending(body));
  assert.equal(world.canary.requests.at(-1)?.body, body);
}

suite('A name twice in one object is refused, however it is written', () => {
  const twice: Readonly<Record<string, string>> = {
    'the method': inEnvelope(',"method":"tools/list"'),
    'the method, escaped': inEnvelope(String.raw`,"m\u0065thod":"tools/list"`),
    'the id': inEnvelope(',"id":2'),
    'the id, with the same value': inEnvelope(',"id":1'),
    'jsonrpc': inEnvelope(',"jsonrpc":"2.0"'),
    'params': inEnvelope(',"params":{"name":"delete_thing"}'),
    'the name of the tool': inParams(',"name":"delete_thing"'),
    'the name of the tool, escaped': inParams(String.raw`,"\u006eame":"delete_thing"`),
    '_meta': inParams(`,"_meta":${meta}`),
    'the arguments': inParams(',"arguments":{},"arguments":{"x":1}'),
    'an argument': inArguments('"id":1,"id":2'),
    'an argument, in between others': inArguments('"id":1,"a":{},"b":[],"id":1'),
    'an argument without a name': inArguments('"":1,"":2'),
    'a surrogate pair in two spellings': inArguments(String.raw`"😀":1,"\ud83d\ude00":2`),
    'an argument deep inside': inArguments('"a":[{"b":[[{"c":{"d":1,"e":{},"d":1}}]]}]'),
    'a member of _meta': `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_thing","_meta":${meta.replace('{', '{"io.modelcontextprotocol/protocolVersion":"2025-06-18",')}}}`,
  };
  for (const [what, body] of Object.entries(twice)) test(`[N01] ${what}`, () => refused(body));
  test('[N01] control: the same name in two objects is no repetition', () => passes(inArguments('"id":1,"a":{"id":1,"name":"delete_thing"},"b":[{"id":1},{"id":2}]')));
});

suite('What another reader could take for a known member is refused', () => {
  const envelope = ['Method', 'METHOD', 'method ', 'method\u200b', 'ｍethod', 'Id', 'ID', 'Params', 'param\u017f', 'param', 'JsonRPC', 'jsonrpc\u0301', 'result', 'error', 'extra', 'constructor'];
  for (const name of envelope) test(`[N02] ${JSON.stringify(name)} beside the envelope's own`, () => refused(inEnvelope(`,${JSON.stringify(name)}:"tools/list"`)));
  for (const name of ['Method', 'METHOD', 'ｍethod']) {
    test(`[N02] ${name} in place of method`, () => refused(`{"jsonrpc":"2.0","id":1,"${name}":"tools/call","params":{"name":"get_thing"}}`));
  }
  test('[N02] paramſ in place of params', () => refused(`{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{"name":"get_thing"}}`));

  const params = ['Name', 'NAME', 'nAmE', 'name ', ' name', 'name\u200d', 'n\u00e4me', 'ｎａｍｅ', 'na_me', 'na-me', 'na.me', 'Arguments', 'ARGUMENTS', 'URI', 'Uri', '_Meta', 'meta', 'tas\u212a', 'TaskID', 'task_id', 'request_state', 'RequestState', 'Cursor'];
  for (const name of params) test(`[N02] ${JSON.stringify(name)} in params`, () => refused(inParams(`,${JSON.stringify(name)}:"delete_thing"`)));
  for (const name of ['io.modelcontextprotocol/protocolversion', 'IO.MODELCONTEXTPROTOCOL/PROTOCOLVERSION', 'ProgressToken', 'progress_token']) {
    test(`[N02] ${name} in _meta`, () => refused(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_thing","_meta":${meta.replace('{', `{"${name}":"1",`)}}}`));
  }
  for (const [what, text] of [['Type in ref', '"ref":{"type":"ref/prompt","Type":"ref/resource","name":"greet"}'], ['Uri in ref', '"ref":{"type":"ref/prompt","name":"greet","Uri":"x"}'], ['ResourceSubscriptions in notifications', '"notifications":{"ResourceSubscriptions":["x"]}']] as const) {
    test(`[N02] ${what}`, () => refused(inParams(`,${text}`)));
  }
  test('[N02] control: members unlike any known one are data, and so are all arguments', () => passes(inParams(',"annotation":1,"arguments":{"Name":"x","METHOD":"y","name":"z"}')));
});

suite('Names of JavaScript', () => {
  for (const [where, body] of [
    ['the envelope', inEnvelope(',"__proto__":{"method":"tools/list"}')],
    ['params', inParams(',"__proto__":{"name":"delete_thing"}')],
    ['arguments', inArguments('"__proto__":{"admin":true}')],
    ['arguments, escaped', inArguments(String.raw`"__pr\u006fto__":{"admin":true}`)],
    ['_meta', inParams('').replace('"io.', '"__proto__":{},"io.')],
    ['an argument deep inside', inArguments('"a":[{"b":{"__proto__":1}}]')],
  ] as const) {
    test(`[N04] __proto__ in ${where} is refused`, () => refused(body));
  }
  test('[N04] constructor and prototype are data', () => passes(inArguments('"constructor":{"prototype":{"x":1}},"prototype":1,"toString":2,"hasOwnProperty":3')));

  test('[N04] nothing that is read changes what every object has', () => {
    const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'x', 'toString');
    const tree = fc.letrec<{ value: unknown }>((tie) => ({ value: fc.oneof({ maxDepth: 4 }, fc.constant(1), fc.array(tie('value'), { maxLength: 3 }), fc.array(fc.tuple(name, tie('value')), { maxLength: 4 })) }));
    const textOf = (value: unknown): string =>
      Array.isArray(value) ? (value.every((item) => Array.isArray(item) && item.length === 2 && typeof item[0] === 'string') && value.length > 0 ? `{${value.map(([member, inner]) => `${JSON.stringify(member)}:${textOf(inner)}`).join()}}` : `[${value.map(textOf).join()}]`) : '1';
    fc.assert(
      fc.property(tree.value, (value) => {
        try {
          parseStrict(Buffer.from(textOf(value)));
        } catch {
          // Refused, which is one of the two things that may happen.
        }
        assert.deepEqual([Reflect.get({}, 'x'), Reflect.ownKeys(Object.prototype).length], [undefined, MEMBERS]);
      }),
      { numRuns: 20_000 },
    );
  });
});
suite('Depth', () => {
  /** An argument nested so that the body is so many levels deep; it stands on the fourth. */
  const deep = (levels: number, open: string, close: string): string => inArguments(`"a":${open.repeat(levels - 3)}1${close.repeat(levels - 3)}`);
  for (const levels of [65, 66, 1_000, 20_000, 100_000]) {
    test(`[N05] ${String(levels)} levels are refused`, async () => {
      await refused(deep(levels, '[', ']'));
      await refused(deep(levels, '{"a":', '}'));
      await refused(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    });
  }
  test('[N05] before what is inside is looked at, closed or not', async () => {
    await refused('['.repeat(500_000));
    await refused('{"a":'.repeat(200_000));
  });
  test('[N05] control: 64 levels pass', async () => {
    await passes(deep(64, '[', ']'));
    await passes(deep(64, '{"a":', '}'));
  });
});

suite('Numbers', () => {
  for (const number of ['9007199254740993', '-9007199254740993', '9007199254740992', '1e400', '-1e400', '1E16', '9007199254740993.0', '0.9007199254740993e17', '1e-400', '01', '-01', '00', '1e999999999']) {
    test(`[N07] ${number} is refused as an argument and as an id`, async () => {
      await refused(inArguments(`"n":${number}`));
      await refused(inEnvelope('').replace('"id":1', `"id":${number}`));
    });
  }
  for (const number of ['+1', '.5', '1.', '0x10', 'NaN', 'Infinity', '1e', '1_5', '--1', '1.2.3', '１']) test(`[N07] ${number} is no JSON`, () => refused(inArguments(`"n":${number}`), MALFORMED));
  for (const number of ['-0', '0', '1.0', '1e2', '9007199254740991', '-9007199254740991', '0.1', '1.7976931348623157e-308']) {
    test(`[N07] control: ${number} goes on as it was written`, () => passes(inArguments(`"n":${number}`)));
  }
});

suite('Envelopes', () => {
  const withId = (id: string): string => inEnvelope('').replace('"id":1', `"id":${id}`);
  for (const id of ['null', '1.5', '{}', '[]', 'true', `"${'x'.repeat(1_025)}"`, `"${'x'.repeat(1_000_000)}"`]) test(`[N08] the id ${id.slice(0, 12)}`, () => refused(withId(id)));
  for (const version of ['"1.0"', '"2"', '2.0', '2', 'null', '"2.0 "', '["2.0"]']) test(`[N08] jsonrpc ${version}`, () => refused(inEnvelope('').replace('"2.0"', version)));
  for (const params of ['[]', '["get_thing"]', 'null', '"get_thing"', '1', 'true']) test(`[N08] params ${params}`, () => refused(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`));
  for (const body of ['[]', `[${inEnvelope('')}]`, `[${inEnvelope('')},${inEnvelope('')}]`, 'null', '"tools/call"', '1', 'true', '{}', '{"jsonrpc":"2.0"}', '{"id":1,"method":"tools/call"}', '{"jsonrpc":"2.0","id":1,"method":""}', '{"jsonrpc":"2.0","id":1,"method":1}', '{"jsonrpc":"2.0","id":1,"method":["tools/call"]}', '{"jsonrpc":"2.0","id":1,"method":null}']) {
    test(`[N08] ${body.slice(0, 40)}`, () => refused(body));
  }
  test('[N08] the same of the revisions before', async () => {
    await world.refuses(legacy('tools/call', { name: 'get_thing' }, { key: KEYS.full, id: 1.5 }), INVALID);
    await world.refuses(legacy('tools/call', { name: 'get_thing' }, { key: KEYS.full, body: `[${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing' } })}]` }), INVALID);
  });
  for (const id of ['0', '-1', '""', '"x"', '1.0', `"${'x'.repeat(1_024)}"`]) test(`[N08] control: the id ${id.slice(0, 12)} is one`, () => passes(withId(id)));
});
