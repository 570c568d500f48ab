import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { spanIdOf } from '../../src/model/trace-context.ts';
import { ALPHA_TOKEN, KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { saying, sayingJson } from '../world/canary-upstream.ts';
import { hiddenIn } from '../world/hidden-secrets.ts';
import { calling, META } from '../world/mcp-requests.ts';
import { attributesOf, histogramsIn, spansIn, type Span } from '../world/otlp-shape.ts';
import { freePort } from '../world/ports.ts';
import type { RawReply } from '../world/raw-http.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** Traces and metrics told to a collector that is a process of its own (issue "An audit trail one can prove", part Metrics and traces; W3C Trace Context; SEP-414; OTLP/HTTP). */

const program = join(import.meta.dirname, '../fixtures/audit-receivers/receiver.ts');
const COLLECTOR_KEY = 'collector-key-4c1d7e90'; // sallyport-scan: allow, it opens nothing
const [TRACE, SPAN, IN_META] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331', '4bf92f3577b34da6a3ce929d0e0e4736'];

suite('A gateway that tells a collector', () => {
  const stack = new AsyncDisposableStack();
  let [world, collector]: [AttackWorld?, RunningProcess?] = [];

  before(async () => {
    const port = await freePort();
    collector = stack.use(startProcess([process.execPath, program, 'http', String(port)]));
    await collector.says(/listening/);
    const where = (signal: string) => ({ url: `http://127.0.0.1:${String(port)}/v1/${signal}`, headers: { 'X-Collector-Key': 'env:COLLECTOR_KEY' } });
    const more = { fetch: { allow: [`127.0.0.1:${String(port)}`] }, telemetry: { traces: { ...where('traces'), arguments: true }, metrics: { ...where('metrics'), everySeconds: 1 } } };
    world = stack.use(await AttackWorld.start({ more, env: { COLLECTOR_KEY } }));
  });
  after(() => stack.disposeAsync());

  const gateway = (): AttackWorld => world ?? assert.fail('it is started before');
  const posts = (url: string): readonly { readonly headers: Readonly<Record<string, string>>; readonly body: string }[] =>
    (collector?.stdout() ?? '').split('\n').filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line) as { url: string; headers: Record<string, string>; body: string }).filter((post) => post.url === url);
  const spansOf = (id: string): Promise<readonly Span[]> =>
    until(`the spans of ${id}`, async () => {
      const all = posts('/v1/traces').flatMap(({ body }) => spansIn(JSON.parse(body)));
      const own = all.find((span) => attributesOf(span)['sallyport.request.id'] === id);
      return own === undefined ? undefined : [own, ...all.filter(({ parentSpanId }) => parentSpanId === own.spanId)];
    }, { withinMs: 20_000 });
  const idOf = (reply: RawReply): string => reply.headers.get('x-request-id')?.[0] ?? '';
  const heard = (name: string): readonly string[] => {
    const lines = gateway().canary.requests.at(-1)?.headers ?? [];
    return lines.filter((_, at) => at % 2 === 1 && lines[at - 1]?.toLowerCase() === name);
  };

  test('puts a call into the trace of its caller, and the server into the gateway\'s span; the body stays as it was', async () => {
    const request = calling('get_thing', { key: KEYS.full, headers: [['traceparent', `00-${TRACE}-${SPAN}-01`], ['tracestate', 'rojo=1']] });
    const reply = await gateway().send(request);
    assert.equal(reply.status, 200);
    const [whole, ...parts] = await spansOf(idOf(reply));
    assert.deepEqual([whole?.traceId, whole?.parentSpanId, whole?.name], [TRACE, SPAN, 'tools/call get_thing']);
    assert.deepEqual(parts.map(({ name, traceId }) => [name, traceId]), [['authenticate', TRACE], ['authorize', TRACE], ['tools/call get_thing', TRACE]]);
    assert.deepEqual([heard('traceparent'), heard('tracestate')], [[`00-${TRACE}-${parts.at(-1)?.spanId ?? ''}-01`], ['rojo=1']]);
    assert.equal(gateway().canary.requests.at(-1)?.body, request.body);
    const record = gateway().calls(0).find(({ id }) => id === idOf(reply));
    assert.deepEqual([record?.traceId, record?.parentSpanId, record?.traceSampled], [TRACE, SPAN, true]);
  });

  test('goes by the message where message and headers name two traces, and says to the server what its caller said', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing', arguments: {}, _meta: { ...META, traceparent: `00-${IN_META}-${SPAN}-01`, tracestate: 'congo=2' } } });
    const reply = await gateway().send(calling('get_thing', { key: KEYS.full, body, headers: [['traceparent', `00-${TRACE}-${SPAN}-01`], ['tracestate', 'rojo=1']] }));
    assert.equal((await spansOf(idOf(reply)))[0]?.traceId, IN_META);
    assert.deepEqual([heard('traceparent'), heard('tracestate')], [[`00-${IN_META}-${spanIdOf(idOf(reply), 'upstream')}-01`], ['congo=2']]);
    assert.equal(gateway().canary.requests.at(-1)?.body, body);
  });

  test('refuses nothing for a trace that cannot be read: it begins one of its own', async () => {
    const sent: { readonly reply: RawReply; readonly parent: string; readonly state: readonly string[] }[] = [];
    for (const traceparent of [`00-${'0'.repeat(32)}-${SPAN}-01`, 'x', `00-${TRACE}-${SPAN}-01-more`]) {
      const reply = await gateway().send(calling('get_thing', { key: KEYS.full, headers: [['traceparent', traceparent], ['tracestate', 'rojo=1']] }));
      sent.push({ reply, parent: heard('traceparent')[0] ?? '', state: heard('tracestate') });
    }
    for (const { reply, parent, state } of sent) {
      const [whole] = await spansOf(idOf(reply));
      assert.deepEqual([reply.status, whole?.parentSpanId, state], [200, undefined, []]);
      assert.match(parent, new RegExp(`^00-${whole?.traceId ?? ''}-[0-9a-f]{16}-01$`));
    }
  });

  test('keeps no span of a trace that its caller does not keep, and still says to which trace the call belongs', async () => {
    const reply = await gateway().send(calling('get_thing', { key: KEYS.full, headers: [['traceparent', `00-${'ab'.repeat(16)}-${SPAN}-00`]] }));
    assert.match(heard('traceparent')[0] ?? '', /^00-(?:ab){16}-[0-9a-f]{16}-00$/);
    await spansOf(idOf(await gateway().send(calling('get_thing', { key: KEYS.full }))));
    assert.equal(posts('/v1/traces').some(({ body }) => body.includes('ab'.repeat(16))), false);
    assert.equal(gateway().calls(0).find(({ id }) => id === idOf(reply))?.traceId, 'ab'.repeat(16));
  });

  test('says what failed: a refusal, a server, and a tool by its own word, which stands in the record too', async () => {
    const denied = await gateway().send(calling('delete_thing', { key: KEYS.reader }));
    using _ = gateway().canary.when('get_thing', sayingJson({ resultType: 'complete', isError: true, content: [{ type: 'text', text: 'no such thing' }] }));
    const failed = await gateway().send(calling('get_thing', { key: KEYS.full }));
    using __ = gateway().canary.when('get_other', saying(500, { 'Content-Type': 'text/plain' }, () => 'broken'));
    const broken = await gateway().send(calling('get_other', { key: KEYS.full, headers: [['traceparent', `00-${TRACE}-${SPAN}-01`]] }));
    const errors = async (reply: RawReply) => (await spansOf(idOf(reply))).map((span) => [span.name, span.status.code, attributesOf(span)['error.type']]);
    assert.deepEqual((await errors(failed)).filter(([, code]) => code === 2), [['tools/call get_thing', 2, 'tool_error'], ['tools/call get_thing', 2, 'tool_error']]);
    assert.deepEqual((await errors(denied)).map(([name, code]) => [name, code]), [['tools/call delete_thing', 2], ['authenticate', undefined]]);
    assert.match(String((await errors(broken))[0]?.[2]), /^upstream\./);
    const line = gateway().process.stderr().split('\n').find((one) => one.includes(idOf(broken))) ?? '{}';
    assert.equal((JSON.parse(line) as { trace_id?: string }).trace_id, TRACE, 'the log says to which trace it belongs');
    assert.equal(gateway().calls(0).find(({ id }) => id === idOf(failed))?.toolError, true);
  });

  test('tells how long operations took, and no secret to anybody', async () => {
    const points = await until('the metrics', async () => {
      const last = posts('/v1/metrics').at(-1);
      const found = last === undefined ? undefined : histogramsIn(JSON.parse(last.body)).get('mcp.server.operation.duration');
      return found?.some((point) => attributesOf(point)['error.type'] === 'tool_error') === true ? found : undefined;
    }, { withinMs: 20_000 });
    assert.ok(points.some((point) => attributesOf(point)['gen_ai.tool.name'] === 'get_thing' && attributesOf(point)['mcp.method.name'] === 'tools/call'));
    await gateway().send(calling('get_thing', { key: KEYS.full, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing', arguments: { password: 'hunter-CANARY-77', note: KEYS.other }, _meta: META } }) }));
    await until('the arguments, masked', async () => (posts('/v1/traces').some(({ body }) => body.includes('gen_ai.tool.call.arguments') && body.includes('password')) ? true : undefined), { withinMs: 20_000 });
    for (const { headers } of [...posts('/v1/traces'), ...posts('/v1/metrics')]) assert.equal(headers['x-collector-key'], COLLECTOR_KEY);
    const told = [...posts('/v1/traces'), ...posts('/v1/metrics')].map(({ body }) => body).join('\n');
    assert.deepEqual(hiddenIn({ told }, new Map([['an argument', 'hunter-CANARY-77'], ['a key', KEYS.full], ['the upstream credential', ALPHA_TOKEN], ['the key of the collector', COLLECTOR_KEY]])), []);
    assert.doesNotMatch(told, /full@company\.com/, 'who called is in the trail alone');
    assert.deepEqual(hiddenIn({ log: gateway().process.stderr() }, new Map([['the key of the collector', COLLECTOR_KEY]])), []);
  });
});

suite('A configuration of telemetry', () => {
  const telemetry = (text: string) => parseConfig(`servers: { crm: { url: "https://crm.example/mcp" } }\ntelemetry: ${text}\n`, 'sallyport.yaml').telemetry;

  for (const [text, message] of [
    ['{ traces: {} }', /telemetry\.traces\.url/],
    ['{ traces: { url: "ftp://x.example/" } }', /http or https URL/],
    ['{ traces: { url: "https://x.example/", sample: 2 } }', /telemetry\.traces\.sample/],
    ['{ traces: { url: "https://x.example/", arguments: 1 } }', /telemetry\.traces\.arguments/],
    ['{ traces: { url: "https://x.example/", smaple: 1 } }', /did you mean "?sample/],
    ['{ traces: { url: "https://x.example/", headers: { "a b": c } } }', /header name/],
    ['{ metrics: { url: "https://x.example/", everySeconds: 0 } }', /telemetry\.metrics\.everySeconds/],
    ['{ metrics: { url: "https://x.example/", everySeconds: 86400 } }', /telemetry\.metrics\.everySeconds/],
    ['{ logs: { url: "https://x.example/" } }', /telemetry/],
  ] as const) test(`that says ${text} is refused with the place`, () => assert.throws(() => telemetry(text), (error: unknown) => error instanceof ConfigError && message.test(error.message)));

  test('whose secret is not there is refused before a start, and by check', async () => {
    await using folder = await temporaryFolder('telemetry');
    const file = join(folder.path, 'sallyport.yaml');
    writeFileSync(file, 'servers: { crm: { url: "https://crm.example/mcp" } }\ntelemetry: { traces: { url: "https://x.example/", headers: { X-Key: env:NOT_THERE } } }\n');
    const said = { text: '' };
    const out = { write: (text: string) => void (said.text += text) };
    assert.notEqual(await runCli(['check', file], { stdout: out, stderr: out, env: {} }), 0);
    assert.match(said.text, /telemetry\.traces\.headers\.X-Key/);
  });

  test('tells nobody unless it is asked to', () => assert.deepEqual(telemetry('{}'), {}));
});
