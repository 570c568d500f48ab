import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo, resultOf, saying, sayingEvents } from '../world/canary-upstream.ts';
import type { Answer, Seen } from '../world/canary-upstream.ts';
import { legacy, modern } from '../world/mcp-requests.ts';

/** Group N, lists: in whatever shape a server sends one, a caller sees of it what he may use, or nothing. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

/** What the reader must never see, of any list, and what he must see of an honest one. */
const HIDDEN = /delete_thing|get_other|secret_prompt|closed/;
const SEEN = { 'tools/list': 'get_thing', 'prompts/list': 'greet', 'resources/list': 'doc://open/1', 'resources/templates/list': 'doc://open/{id}' } as const;
type ListMethod = keyof typeof SEEN;
const METHODS = Object.keys(SEEN) as ListMethod[];

type Outcome = 'narrowed' | 'refused' | 'failed' | 'nothing';

/** Asks for the list, answered so, and tells what became of it. */
async function outcomeOf(method: ListMethod, answer: Answer, era: typeof modern = modern): Promise<Outcome> {
  using _told = world.canary.when(method, answer);
  const reply = await world.send(era(method, {}, { key: KEYS.reader }));
  assert.doesNotMatch(reply.body, HIDDEN);
  world.assertDiscreet(reply.text);
  await world.assertWell();
  if (reply.status >= 300) {
    assert.equal(reply.status, 502, reply.text);
    return 'refused';
  }
  if (reply.body.includes(SEEN[method])) return 'narrowed';
  return reply.body.includes('"error"') ? 'failed' : 'nothing';
}

const json = (text: (seen: Seen) => string | Buffer, type = 'application/json', status = 200): Answer => saying(status, { 'Content-Type': type }, text);
const plain = (seen: Seen): string => JSON.stringify(answerTo(seen));
const event = (message: JsonValue): string => `data: ${JSON.stringify(message)}\n\n`;
const events = (text: (seen: Seen) => string, type = 'text/event-stream', status = 200): Answer => saying(status, { 'Content-Type': type }, text);
/** The answer with its result twice or otherwise misshapen, as text. */
const withResult = (seen: Seen, members: string): string => `{"jsonrpc":"2.0","id":${JSON.stringify(seen.message['id'])},${members}}`;
const innocent = (seen: Seen): string => JSON.stringify(Object.fromEntries(Object.entries(resultOf(seen)).map(([name, value]) => [name, Array.isArray(value) ? value.slice(0, 1) : value])));
const member = (seen: Seen): string => Object.entries(resultOf(seen)).find(([, value]) => Array.isArray(value))?.[0] ?? '';
const whole = (seen: Seen): string => JSON.stringify(resultOf(seen)[member(seen)]);
const notice = event({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } });

suite('A list in an honest shape is narrowed', () => {
  const shapes: Readonly<Record<string, Answer>> = {
    'JSON': json(plain),
    'Application/JSON': json(plain, 'Application/JSON'),
    'JSON with a charset': json(plain, 'application/json; charset=UTF-8'),
    'JSON with anything behind': json(plain, 'application/json ;x="y"'),
    'status 201': json(plain, 'application/json', 201),
    'status 203': json(plain, 'application/json', 203),
    'status 206': json(plain, 'application/json', 206),
    'events': events((seen) => event(answerTo(seen))),
    'text/event-stream ;x': events((seen) => event(answerTo(seen)), 'text/event-stream ;x'),
    'TEXT/EVENT-STREAM': events((seen) => event(answerTo(seen)), 'TEXT/EVENT-STREAM'),
    'events of status 201': events((seen) => event(answerTo(seen)), 'text/event-stream', 201),
    'events behind others': events((seen) => `: hello\n\nretry: 10\n\n${notice}${notice}id: 4\nevent: message\n${event(answerTo(seen))}`),
    'an event over many lines': events((seen) => `${JSON.stringify(answerTo(seen), null, 1).split('\n').map((line) => `data: ${line}`).join('\n')}\n\n`),
    'an event without a space': events((seen) => `data:${JSON.stringify(answerTo(seen))}\n\n`),
    'lines that end in CR LF': events((seen) => event(answerTo(seen)).replaceAll('\n', '\r\n')),
    'lines that end in CR': events((seen) => `${event(answerTo(seen)).replaceAll('\n', '\r')}: end\r\r`),
    'a byte order mark before the events': events((seen) => `\ufeff${event(answerTo(seen))}`),
    'an event of another name': events((seen) => `event: hidden\n${event(answerTo(seen))}`),
    'an undecodable event before it': events((seen) => `data: {"broken\n\n${event(answerTo(seen))}`),
    'an event that is no object before it': events((seen) => `data: 1\n\ndata: null\n\ndata: "x"\n\n${event(answerTo(seen))}`),
    'byte by byte': (seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const byte of Buffer.from(event(answerTo(seen)))) response.write(Buffer.of(byte));
      response.end();
    },
  };
  for (const [what, answer] of Object.entries(shapes)) {
    test(`[Q02] ${what}, for every kind of list and in both eras`, async () => {
      for (const method of METHODS) assert.equal(await outcomeOf(method, answer), 'narrowed', method);
      assert.equal(await outcomeOf('tools/list', answer, legacy), 'narrowed');
    });
  }
  test('[Q02] control: who may use everything sees everything, digits of large numbers included', async () => {
    const schema = '{"maximum":9223372036854775807,"multipleOf":1e-7}';
    using _told = world.canary.when('tools/list', json((seen) => withResult(seen, `"result":{"tools":[{"name":"get_thing","inputSchema":${schema}},{"name":"delete_thing"}]}`)));
    const reply = await world.passes(modern('tools/list', {}, { key: KEYS.full }));
    assert.ok(reply.body.includes(schema) && reply.body.includes('delete_thing'), reply.body);
  });
});

suite('A list in a shape that the filter could miss is not shown as it is', () => {
  const shapes: Readonly<Record<string, { readonly answer: Answer; readonly outcome: Outcome }>> = {
    'a result twice, the innocent one last': { answer: json((seen) => withResult(seen, `"result":${JSON.stringify(resultOf(seen))},"result":${innocent(seen)}`)), outcome: 'narrowed' },
    'a result twice, the innocent one first': { answer: json((seen) => withResult(seen, `"result":${innocent(seen)},"result":${JSON.stringify(resultOf(seen))}`)), outcome: 'narrowed' },
    'a list twice': { answer: json((seen) => withResult(seen, `"result":{"${member(seen)}":${whole(seen)},"${member(seen)}":${JSON.stringify((resultOf(seen)[member(seen)] as JsonObject[]).slice(0, 1))}}`)), outcome: 'narrowed' },
    'a list twice, in an event': { answer: events((seen) => `data: ${withResult(seen, `"result":{"${member(seen)}":${whole(seen)},"${member(seen)}":[]}`)}\n\n`), outcome: 'nothing' },
    'a result and an error': { answer: json((seen) => withResult(seen, `"error":{"code":1,"message":"x"},"result":${JSON.stringify(resultOf(seen))}`)), outcome: 'refused' },
    'a batch of one': { answer: json((seen) => JSON.stringify([answerTo(seen)])), outcome: 'refused' },
    'a batch in an event': { answer: events((seen) => event([answerTo(seen)])), outcome: 'failed' },
    'an answer to another request': { answer: json((seen) => JSON.stringify({ ...answerTo(seen), id: 'other' })), outcome: 'refused' },
    'an answer without an id': { answer: json((seen) => JSON.stringify({ jsonrpc: '2.0', result: resultOf(seen) })), outcome: 'refused' },
    'a request': { answer: json((seen) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x', params: resultOf(seen) })), outcome: 'refused' },
    'a list that is an object': { answer: json((seen) => withResult(seen, `"result":{"${member(seen)}":{"0":{"name":"delete_thing","uri":"doc://closed/1"}}}`)), outcome: 'refused' },
    'a list that is an object, in an event': { answer: events((seen) => `data: ${withResult(seen, `"result":{"${member(seen)}":{"0":{"name":"delete_thing","uri":"doc://closed/1"}}}`)}\n\n`), outcome: 'failed' },
    'no list': { answer: json((seen) => withResult(seen, `"result":{"items":${whole(seen)}}`)), outcome: 'refused' },
    'a list in a list': { answer: json((seen) => withResult(seen, `"result":{"${member(seen)}":[${whole(seen)}]}`)), outcome: 'nothing' },
    'a result that is the list': { answer: json((seen) => withResult(seen, `"result":${whole(seen)}`)), outcome: 'refused' },
    'a result that is text': { answer: json((seen) => withResult(seen, `"result":${JSON.stringify(whole(seen))}`)), outcome: 'refused' },
    'names that are no text': { answer: json((seen) => withResult(seen, `"result":{"${member(seen)}":[{"name":["delete_thing"],"uri":["doc://closed/1"],"uriTemplate":{}},null,1,"delete_thing"]}`)), outcome: 'nothing' },
    'an answer that ends in a second one': { answer: json((seen) => `${withResult(seen, `"result":${innocent(seen)}`)}\n${plain(seen)}`), outcome: 'refused' },
    'JSON behind a byte order mark': { answer: json((seen) => `\ufeff${plain(seen)}`), outcome: 'refused' },
    'JSON in UTF-16': { answer: json((seen) => Buffer.from(plain(seen), 'utf16le'), 'application/json; charset=utf-16'), outcome: 'refused' },
    'JSON that is not UTF-8': { answer: json((seen) => Buffer.concat([Buffer.from(plain(seen)), Buffer.of(0xff)])), outcome: 'refused' },
    'compressed JSON': { answer: saying(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, (seen) => gzipSync(plain(seen))), outcome: 'refused' },
    'compressed events': { answer: saying(200, { 'Content-Type': 'text/event-stream', 'Content-Encoding': 'br' }, (seen) => event(answerTo(seen))), outcome: 'refused' },
    'a page': { answer: json(plain, 'text/html'), outcome: 'refused' },
    'JSON by another name': { answer: json(plain, 'text/json'), outcome: 'refused' },
    'two types': { answer: json(plain, 'text/plain, application/json'), outcome: 'refused' },
    'an unknown type and status 201': { answer: json(plain, 'text/plain', 201), outcome: 'nothing' },
    'status 202': { answer: json(plain, 'application/json', 202), outcome: 'nothing' },
    'status 204 with a body': { answer: (seen, response) => void response.socket?.end(`HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\nContent-Length: ${String(plain(seen).length)}\r\n\r\n${plain(seen)}`), outcome: 'nothing' },
    'an event that never ends': { answer: events((seen) => `data: ${JSON.stringify(answerTo(seen))}\n`), outcome: 'failed' },
    'events that are not UTF-8': { answer: (seen, response) => void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(Buffer.concat([Buffer.from(': \xff\n', 'latin1'), Buffer.from(event(answerTo(seen)))])), outcome: 'failed' },
    'a list behind a comment that some read as a line': { answer: events((seen) => `: x\u2028data: ${JSON.stringify(answerTo(seen))}\u2028\u2028\n\n`), outcome: 'failed' },
    'a list behind a field that some read as a line': { answer: events((seen) => `id: x\u0085data: ${JSON.stringify(answerTo(seen))}\u0085\u0085\nfoo: \vdata: ${JSON.stringify(answerTo(seen))}\n\n`), outcome: 'failed' },
    'an answer after the answer': { answer: events((seen) => `${event(answerTo(seen, {}))}${event(answerTo(seen))}`), outcome: 'failed' },
  };
  for (const [what, { answer, outcome }] of Object.entries(shapes)) {
    test(`[Q02] ${what}`, async () => {
      for (const method of METHODS) assert.equal(await outcomeOf(method, answer), outcome, method);
    });
  }
});

suite('A list that was narrowed for one is not kept for another', () => {
  const hints: Readonly<Record<string, string>> = { 'as it is': '"cacheScope":"public"', 'escaped': String.raw`"cacheScope":"\u0070ublic"`, 'in a name that is escaped': String.raw`"cache\u0053cope":"public"`, 'twice': '"cacheScope":"public","cacheScope":"private"' };
  for (const [how, hint] of Object.entries(hints)) {
    test(`[M05] a public hint (${how}) becomes private, whole and as an event`, async () => {
      const text = (seen: Seen): string => withResult(seen, `"result":{"tools":[{"name":"get_thing"}],"ttlMs":60000,${hint}}`);
      for (const answer of [json(text), sayingEvents((seen) => `data: ${text(seen)}\n\n`)]) {
        for (const key of [KEYS.reader, KEYS.full]) {
          using _told = world.canary.when('tools/list', answer);
          const reply = await world.passes(modern('tools/list', {}, { key }));
          assert.match(reply.body, /"cacheScope":"private"/);
          assert.doesNotMatch(reply.body, /public/);
        }
      }
    });
  }
  test('[M05] two keys one after the other each see their own list, and no reply may be stored', async () => {
    for (let round = 0; round < 3; round += 1) {
      const [all, some] = [await world.passes(modern('tools/list', {}, { key: KEYS.full })), await world.passes(modern('tools/list', {}, { key: KEYS.reader }))];
      assert.match(all.body, /delete_thing/);
      assert.doesNotMatch(some.body, HIDDEN);
    }
  });
});
