import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { attributesOf, histogramsIn, spansIn, type Span } from '../../../test/world/otlp-shape.ts';
import { jsonAnswer, ScriptedNetwork } from '../../../test/world/scripted-network.ts';
import { seededRandom } from '../../../test/world/seeded-random.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import { Secret } from '../../model/secret.ts';
import { spanIdOf } from '../../model/trace-context.ts';
import { CallTally } from '../metrics/call-tally.ts';
import { buildTelemetry, type Telemetry, type TelemetrySettings } from './telemetry.ts';

/** Traces and metrics for collectors of OpenTelemetry (OTLP/HTTP; semantic conventions for MCP). */

const [TRACES, METRICS] = ['https://collector.example/v1/traces', 'https://collector.example/v1/metrics'];
const headers = { 'X-Collector-Key': new Secret('of-the-collector') };
const traces = { url: TRACES, headers, withArguments: false };
const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

type Part = { readonly [Member in keyof AuditEvent]?: AuditEvent[Member] | undefined };

const event = (more: Part = {}): AuditEvent => ({
  v: 1, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.123Z', address: '10.0.0.7', who: 'alice@company.com', credential: 'key_1', server: 'crm', call: 'tools/call', target: 'get_customer', arguments: { id: 'cust_789' }, decision: 'allow', rule: 'key: crm:*', status: 200,
  durationMs: 10.5, authMs: 0.25, policyMs: 0.5, upstreamMs: 8, traceId: TRACE, parentSpanId: SPAN, traceSampled: true, ...more,
}) as AuditEvent; // what is taken out is optional

const room = (settings: TelemetrySettings, answers: ConstructorParameters<typeof ScriptedNetwork>[0] = { [TRACES]: {}, [METRICS]: {} }) => {
  const [network, clock, log] = [new ScriptedNetwork(answers), new MovedClock(), new CapturedLog()];
  const tally = new CallTally((_server, tool) => tool === 'get_customer');
  const counted: string[] = [];
  const isKnownTool = (_server: string, tool: string): boolean => tool === 'get_customer';
  const telemetry = buildTelemetry(settings, { world: { network, clock, log, random: seededRandom() }, version: '1.2.3', calls: { [Symbol.iterator]: () => tally.counts[Symbol.iterator]() }, count: (name, signal) => void counted.push(`${name} ${signal}`), isKnownTool });
  const passes = async (ms: number): Promise<void> => {
    clock.move(ms);
    for (let at = 0; at < 5; at += 1) await turn();
  };
  const bodies = (url: string): readonly unknown[] => network.sent.filter((request) => request.url === url).map(({ body = '' }) => JSON.parse(body) as unknown);
  return { network, clock, log, tally, counted, telemetry, passes, bodies };
};

const spansOf = async (...events: readonly AuditEvent[]): Promise<readonly Span[]> => {
  const { telemetry, passes, bodies } = room({ traces });
  for (const one of events) telemetry.observe(one);
  await passes(2_000);
  return bodies(TRACES).flatMap(spansIn);
};

suite('The spans of a call', () => {
  test('are the gateway\'s own in the trace of its caller, and in it who calls, whether they may, and the server, one after the other', async () => {
    const [whole, ...parts] = await spansOf(event());
    assert.ok(whole);
    assert.deepEqual([whole.traceId, whole.parentSpanId, whole.name, whole.kind, whole.flags, whole.status], [TRACE, SPAN, 'tools/call get_customer', 2, 0x301, {}]);
    assert.deepEqual([whole.startTimeUnixNano, whole.endTimeUnixNano], ['1785232800123000000', '1785232800133500000']);
    assert.deepEqual(parts.map(({ name, kind, startTimeUnixNano, endTimeUnixNano }) => [name, kind, startTimeUnixNano.slice(-8), endTimeUnixNano.slice(-8)]), [
      ['authenticate', 1, '23000000', '23250000'], ['authorize', 1, '23250000', '23750000'], ['tools/call get_customer', 3, '23750000', '31750000'],
    ]);
    for (const part of parts) assert.deepEqual([part.traceId, part.parentSpanId, part.flags], [TRACE, whole.spanId, 0x101]);
    assert.equal(parts.at(-1)?.spanId, spanIdOf('req_1', 'upstream'), 'which the server was told as its parent');
  });

  test('say what was called in the names of the conventions, and nothing of who called or with which arguments', async () => {
    const spans = await spansOf(event());
    assert.deepEqual(attributesOf(spans[0] ?? { attributes: [] }), {
      'mcp.method.name': 'tools/call', 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'get_customer', 'sallyport.server': 'crm', 'network.transport': 'tcp', 'network.protocol.name': 'http', 'http.response.status_code': '200',
      'sallyport.request.id': 'req_1', 'sallyport.decision': 'allow', 'sallyport.rule': 'key: crm:*',
    });
    assert.doesNotMatch(JSON.stringify(spans), /alice|key_1|10\.0\.0\.7|cust_789/);
  });

  test('hold arguments where that was asked for, as the trail has them', async () => {
    const { telemetry, passes, bodies } = room({ traces: { ...traces, withArguments: true } });
    telemetry.observe(event({ arguments: { id: 'cust_789', password: '[masked]' } }));
    await passes(2_000);
    assert.equal(attributesOf(bodies(TRACES).flatMap(spansIn)[0] ?? { attributes: [] })['gen_ai.tool.call.arguments'], '{"id":"cust_789","password":"[masked]"}');
  });

  test('say which failed, and how: a tool by its own word, a server that did not answer, a caller who may not', async () => {
    const failed = (spans: readonly Span[]) => spans.map((span) => [span.name, span.status.code, attributesOf(span)['error.type']]).filter(([, code]) => code !== undefined);
    assert.deepEqual(failed(await spansOf(event({ toolError: true }))), [['tools/call get_customer', 2, 'tool_error'], ['tools/call get_customer', 2, 'tool_error']]);
    const timeout = await spansOf(event({ decision: 'error', code: 'upstream.timeout', upstreamMs: undefined, durationMs: 300_000 }));
    assert.deepEqual(failed(timeout), [['tools/call get_customer', 2, 'upstream.timeout'], ['tools/call get_customer', 2, 'upstream.timeout']]);
    assert.equal(timeout.at(-1)?.endTimeUnixNano, timeout[0]?.endTimeUnixNano);
    assert.deepEqual(failed(await spansOf(event({ decision: 'deny', code: 'policy.denied', policyMs: undefined, upstreamMs: undefined }))), [['tools/call get_customer', 2, 'policy.denied']]);
  });

  test('have no name that a caller made up, and no parent where the trace begins here', async () => {
    const spans = await spansOf(event({ target: 'made_up', parentSpanId: undefined, upstreamMs: undefined }), event({ id: 'req_2', call: 'POST /made/up', target: undefined, server: undefined, authMs: undefined, policyMs: undefined, upstreamMs: undefined }));
    assert.deepEqual(spans.map(({ name }) => name), ['tools/call', 'authenticate', 'authorize', 'POST']);
    assert.deepEqual([spans[0]?.parentSpanId, spans[0]?.flags], [undefined, 0x101]);
  });

  for (const [what, more] of Object.entries({ 'of a trace that is not kept': { traceSampled: undefined }, 'of no trace': { traceId: undefined }, 'of an intent': { type: 'intent' } }) as readonly (readonly [string, Part])[])
    test(`are not told of a record ${what}`, async () => assert.deepEqual(await spansOf(event(more)), []));
});

suite('A collector of traces', () => {
  const tell = (telemetry: Telemetry, count: number): void => {
    for (let at = 0; at < count; at += 1) telemetry.observe(event({ id: `req_${String(at)}` }));
  };

  test('is told in batches, with its own key', async () => {
    const { telemetry, passes, bodies, network } = room({ traces });
    tell(telemetry, 700);
    await passes(2_000);
    assert.deepEqual(bodies(TRACES).map((body) => spansIn(body).length), [512 * 4, 188 * 4]);
    assert.equal(network.sent[0]?.headers?.['x-collector-key'], 'of-the-collector');
  });

  test('that is away is told later, not more often than is good, and what is too much is dropped and counted', async () => {
    const { telemetry, passes, bodies, network, counted, log } = room({ traces }, { [TRACES]: () => jsonAnswer({}, 503) });
    tell(telemetry, 5_000);
    assert.equal(counted.length, 904);
    for (let at = 0; at < 60; at += 1) await passes(1_000);
    assert.ok(network.sent.length < 12, String(network.sent.length));
    assert.equal(counted.filter((line) => line.startsWith('sallyport_telemetry_failures_total')).length, network.sent.length);
    assert.equal(log.said('warn').length, 1, 'said once');
    network.script(TRACES, {});
    const before = network.sent.length;
    await passes(60_000);
    await passes(2_000);
    assert.equal(bodies(TRACES).slice(before).flatMap(spansIn).length, 4_096 * 4);
    assert.equal(log.said('info').length, 1);
  });

  test('that refuses for good is not asked again for the same', async () => {
    const { telemetry, passes, network, counted } = room({ traces }, { [TRACES]: () => jsonAnswer({}, 400) });
    tell(telemetry, 3);
    await passes(120_000);
    assert.equal(network.sent.length, 1);
    assert.deepEqual(counted.toSorted(), [...Array.from({ length: 3 }, () => 'sallyport_telemetry_dropped_total traces'), 'sallyport_telemetry_failures_total traces']);
  });

  test('hears the last when the gateway ends, and keeps it no longer than a moment', async () => {
    const { telemetry, bodies, clock } = room({ traces });
    tell(telemetry, 1);
    await telemetry.close();
    assert.equal(bodies(TRACES).length, 1);
    assert.equal(clock.pending, 0);
    const slow = room({ traces }, { [TRACES]: () => new Promise(() => undefined) });
    tell(slow.telemetry, 1);
    const closed = slow.telemetry.close();
    await slow.passes(3_000);
    await closed;
    assert.equal(slow.network.sent[0]?.signal?.aborted, true, 'and what is under way is given up');
  });
});

suite('A collector of metrics', () => {
  test('is told how long operations took, by both names, with the bounds of the conventions', async () => {
    const { tally, passes, bodies } = room({ metrics: { url: METRICS, headers, everyMs: 60_000 } });
    await passes(60_000);
    assert.deepEqual(bodies(METRICS), [], 'nothing yet');
    for (const more of [{}, { durationMs: 3, upstreamMs: 1 }, { toolError: true as const }, { decision: 'deny' as const, code: 'policy.denied', upstreamMs: undefined }, { target: 'made_up' }, { call: 'tools/list', target: undefined }, { call: 'http/stream', target: undefined }, { call: 'admin/keys/list', target: undefined }, { call: 'POST /x', target: undefined }]) tally.observe(event(more));
    await passes(60_000);
    const found = histogramsIn(bodies(METRICS)[0]);
    assert.deepEqual([...found.keys()], ['mcp.server.operation.duration', 'mcp.client.operation.duration']);
    const server = found.get('mcp.server.operation.duration') ?? [];
    assert.deepEqual(server.map((point) => [attributesOf(point)['mcp.method.name'], attributesOf(point)['gen_ai.tool.name'], attributesOf(point)['error.type'], point.count]), [
      ['tools/call', 'get_customer', undefined, '2'], ['tools/call', 'get_customer', 'tool_error', '1'], ['tools/call', 'get_customer', 'policy.denied', '1'], ['tools/call', '_OTHER', undefined, '1'], ['tools/list', undefined, undefined, '1'],
    ]);
    assert.deepEqual(server[0]?.explicitBounds, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]);
    assert.deepEqual([server[0]?.bucketCounts.slice(0, 3), server[0]?.sum.toFixed(4)], [['1', '1', '0'], '0.0135']);
    assert.equal(found.get('mcp.client.operation.duration')?.reduce((sum, { count }) => sum + Number(count), 0), 5);
  });
});

test('Where nobody is to be told, nothing is sent and no timer is set', async () => {
  const { telemetry, clock, network } = room({});
  telemetry.observe(event());
  clock.move(120_000);
  await telemetry.close();
  assert.deepEqual([clock.pending, network.sent.length], [0, 0]);
});
