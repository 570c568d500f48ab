import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as holds, array, double, property, string } from 'fast-check';
import type { AuditEvent } from '../../model/audit-event.ts';
import { readScrape, type ScrapedFamily } from '../../../test/world/prometheus-text.ts';
import { exposition } from './exposition.ts';
import { BOUNDS, Histogram } from './histogram.ts';
import { families } from './list.ts';
import { buildMetrics, type Metrics } from './metrics.ts';

/** Metrics of a gateway (clients.md §3c: base units, bounded labels; Prometheus text format 0.0.4). */

const KNOWN = new Set(['crm:get_customer', 'crm:delete_customer']);

const metricsOf = (): Metrics =>
  buildMetrics({
    versions: { version: '1.2.3', node: '24.0.0' }, openStreams: () => 3, heldTools: () => 1, upstreams: () => new Map([['crm', true], ['wiki', false]]), auditWriteFailures: () => 2, auditJournalBytes: () => 512,
    sinks: () => [{ sink: 'siem', lag: 7, stalled: true, blocks: false, failures: 4 }], openAlarms: () => ['usage.unusual', 'sink.stalled', 'usage.unusual'],
    expiring: () => [{ kind: 'client', name: 'alice', what: '', cure: '', fromMs: 0, expiresAtMs: 9_000 }, { kind: 'client', name: 'bob', what: '', cure: '', fromMs: 0, expiresAtMs: 6_000 }, { kind: 'server', name: 'listen.tls', what: '', cure: '', fromMs: 0, expiresAtMs: 5_000 }],
    lastReloadSuccessful: () => false, process: () => ({ cpuSeconds: 1.5, residentBytes: 1024, startedAtSeconds: 17 }), nowMs: () => 1_000, isKnownTool: (server, tool) => KNOWN.has(`${server}:${tool}`),
  });

type Part = { readonly [Member in keyof AuditEvent]?: AuditEvent[Member] | undefined };

const event = (more: Part = {}): AuditEvent => ({ v: 1, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.000Z', address: '::1', who: 'alice', credential: 'key_1', server: 'crm', call: 'tools/call', target: 'get_customer', decision: 'allow', durationMs: 4, upstreamMs: 3, ...more }) as AuditEvent; // what is taken out is optional

const scraped = (metrics: Metrics): ReadonlyMap<string, ScrapedFamily> => readScrape(metrics.scrape());

/** `{a="1"} 2` of every sample of a metric. */
const samplesOf = (metrics: Metrics, name: string): readonly string[] => (scraped(metrics).get(name)?.samples ?? []).map(({ labels, value }) => `${Object.values(labels).join(' ')} ${String(value)}`.trim()).toSorted();

suite('Metrics', () => {
  test('are all there from the start, under their names, and read strictly', () => {
    const found = scraped(metricsOf());
    assert.deepEqual([...found.keys()], families.map(({ name }) => name));
    for (const { name, type, help } of families) assert.deepEqual([found.get(name)?.type, found.get(name)?.help], [type, help]);
    assert.deepEqual([samplesOf(metricsOf(), 'sallyport_handshakes_refused_total'), samplesOf(metricsOf(), 'sallyport_config_reloads_total')], [['0'], ['failed 0', 'ok 0']], 'the first increase is one');
  });

  test('have base units in their names, and labels of a short list', () => {
    const allowed = new Set(['server', 'method', 'tool', 'decision', 'code', 'would', 'grant', 'alarm', 'result', 'sink', 'kind', 'name', 'version', 'node', 'signal']);
    for (const { name, type, labels } of families) {
      assert.match(name, /^(?:sallyport|process)_[a-z_]+$/);
      assert.doesNotMatch(name, /milliseconds|_ms\b|kilobytes|minutes/);
      assert.equal(type === 'counter', name.endsWith('_total'), name);
      if (type === 'histogram') assert.match(name, /_seconds$/);
      for (const label of labels) assert.ok(allowed.has(label), `${name} ${label}`);
    }
  });

  test('count calls by server, method, decision and code, and tools by their decision', () => {
    const metrics = metricsOf();
    for (const more of [{}, {}, { decision: 'deny', code: 'policy.denied' }, { target: 'delete_customer' }, { call: 'tools/list', target: undefined }, { decision: 'deny', code: 'limit.exceeded' }] as Part[]) metrics.observe(event(more));
    assert.deepEqual(samplesOf(metrics, 'sallyport_requests_total'), ['crm tools/call allow none 3', 'crm tools/call deny limit.exceeded 1', 'crm tools/call deny policy.denied 1', 'crm tools/list allow none 1']);
    assert.deepEqual(samplesOf(metrics, 'sallyport_tool_calls_total'), ['crm delete_customer allow 1', 'crm get_customer allow 2', 'crm get_customer deny 2']);
    assert.deepEqual(samplesOf(metrics, 'sallyport_limits_hit_total'), ['crm limit.exceeded 1']);
  });

  test('never name what a caller made up, nor who called', () => {
    const metrics = metricsOf();
    for (let at = 0; at < 100; at += 1) metrics.observe(event({ target: `made_up_${String(at)}`, decision: 'deny', code: 'policy.denied', who: `person_${String(at)}`, credential: `key_${String(at)}`, address: `10.0.0.${String(at)}` }));
    for (let at = 0; at < 100; at += 1) metrics.observe(event({ call: `GET /made/up/${String(at)}`, target: undefined, server: undefined, decision: 'deny', code: 'route.unknown' }));
    const text = metrics.scrape();
    assert.doesNotMatch(text, /made|person_|key_\d|10\.0/);
    assert.deepEqual(samplesOf(metrics, 'sallyport_tool_calls_total'), ['crm other deny 100']);
    assert.deepEqual(samplesOf(metrics, 'sallyport_requests_total'), ['crm tools/call deny policy.denied 100', 'none other deny route.unknown 100']);
  });

  test('stay bounded and lose no call when somebody finds a way to make kinds of calls', () => {
    const metrics = metricsOf();
    const name = (at: number): string => `tools/${String.fromCharCode(...[0, 1, 2].map((place) => 97 + (Math.floor(at / 26 ** place) % 26)))}`;
    for (let at = 0; at < 6_000; at += 1) metrics.observe(event({ call: name(at), target: undefined }));
    const samples = scraped(metrics).get('sallyport_requests_total')?.samples ?? [];
    assert.ok(samples.length <= 5_001, String(samples.length));
    assert.equal(samples.reduce((sum, { value }) => sum + value, 0), 6_000);
  });

  test('tell durations in seconds, of the whole call and of the server', () => {
    const metrics = metricsOf();
    metrics.observe(event({ durationMs: 15, upstreamMs: 4 }));
    metrics.observe(event({ durationMs: 400_000, upstreamMs: undefined }));
    metrics.observe(event({ decision: 'error', code: 'upstream.timeout', durationMs: 300_010, authMs: 4, policyMs: 6, upstreamMs: undefined }));
    const whole = (scraped(metrics).get('sallyport_request_duration_seconds')?.samples ?? []).filter(({ labels }) => labels['decision'] === 'allow');
    const at = (bound: string): number | undefined => whole.find(({ labels }) => labels['le'] === bound)?.value;
    assert.deepEqual([at('0.01'), at('0.02'), at('300'), at('+Inf')], [0, 1, 1, 2]);
    const upstream = scraped(metrics).get('sallyport_upstream_duration_seconds')?.samples ?? [];
    assert.deepEqual(upstream.slice(-2).map(({ name, value }) => [name.slice(-5), value]), [['s_sum', 300.004], ['count', 2]], 'a server that was given up counts with how long it was waited for');
  });

  test('tell what is looked at when they are asked for, and of clients only the certificate that ends first', () => {
    const metrics = metricsOf();
    const expected: Readonly<Record<string, readonly string[]>> = {
      sallyport_build_info: ['1.2.3 24.0.0 1'], sallyport_upstream_up: ['crm 1', 'wiki 0'], sallyport_audit_sink_lag_records: ['siem 7'], sallyport_audit_sink_stalled: ['siem 1'], sallyport_audit_sink_failures_total: ['siem 4'],
      sallyport_alarms_open: ['sink.stalled 1', 'usage.unusual 2'], sallyport_certificate_expiry_seconds: ['client  5', 'server listen.tls 4'], sallyport_config_last_reload_successful: ['0'], sallyport_audit_write_failures_total: ['2'], sallyport_audit_journal_bytes: ['512'], process_cpu_seconds_total: ['1.5'],
    };
    for (const [name, samples] of Object.entries(expected)) assert.deepEqual(samplesOf(metrics, name), samples, name);
  });

  test('count what else happens by its own labels', () => {
    const metrics = metricsOf();
    metrics.count('sallyport_config_reloads_total', 'ok');
    metrics.count('sallyport_config_reloads_total', 'failed');
    metrics.count('sallyport_config_reloads_total', 'failed');
    metrics.observe(event({ shadow: { policy: 'p', decision: 'deny' } }));
    assert.deepEqual(samplesOf(metrics, 'sallyport_config_reloads_total'), ['failed 2', 'ok 1']);
    assert.deepEqual(samplesOf(metrics, 'sallyport_shadow_differences_total'), ['crm deny 1']);
  });
});

suite('The text format', () => {
  test('holds any label, so that a name cannot end its line', () => {
    holds(property(string(), (value) => {
      const text = exposition([{ name: 'a_total', type: 'counter', labels: ['x'], help: 'h' }], () => [{ labels: { x: value }, value: 1 }]);
      assert.deepEqual(readScrape(text).get('a_total')?.samples, [{ name: 'a_total', labels: { x: value }, value: 1 }]);
    }));
  });

  test('counts every duration once, below its bound', () => {
    holds(property(array(double({ min: 0, max: 1_000, noNaN: true })), (seconds) => {
      const histogram = new Histogram();
      for (const one of seconds) histogram.observe(one);
      const buckets = readScrape(exposition([{ name: 'a_seconds', type: 'histogram', labels: [], help: 'h' }], () => [{ labels: {}, value: histogram }])).get('a_seconds')?.samples ?? [];
      for (const [at, bound] of BOUNDS.entries()) assert.equal(buckets[at]?.value, seconds.filter((one) => one <= bound).length);
    }));
  });

  for (const [what, text] of Object.entries({
    'no end': '# HELP a_total h\n# TYPE a_total counter\na_total 1', 'no type': '# HELP a_total h\na_total 1\n', 'a metric twice': '# HELP a_total h\n# TYPE a_total counter\n# HELP a_total h\n', 'a series twice': '# HELP a_total h\n# TYPE a_total counter\na_total 1\na_total 1\n',
    'an open label': '# HELP a_total h\n# TYPE a_total counter\na_total{x="} 1\n', 'no number': '# HELP a_total h\n# TYPE a_total counter\na_total x\n', 'another metric': '# HELP a_total h\n# TYPE a_total counter\nb_total 1\n', 'a counter without its ending': '# HELP a h\n# TYPE a counter\na 1\n',
    'buckets that shrink': '# HELP a h\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
  })) test(`with ${what} is refused by the parser of these tests: the negative twin`, () => assert.throws(() => readScrape(text), /not the text format/));
});
