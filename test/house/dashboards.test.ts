import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { families } from '../../src/adapters/metrics/list.ts';
import { ALARM_NAMES } from '../../src/model/alarm.ts';
import { CATALOGUE } from '../../src/errors/catalogue.ts';
import { unknownIn } from './queries.ts';
import { root } from './sources.ts';

/** What a platform team loads: a dashboard for Grafana, alerts and a scrape for Prometheus. Which metrics a scrape has is shown by test/scenarios/metrics.test.ts. */

const read = (path: string): string => readFileSync(join(root, 'deploy', path), 'utf8');

const datasource = z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const place = z.strictObject({ h: z.number().int().min(1), w: z.number().int().min(1).max(24), x: z.number().int().min(0).max(23), y: z.number().int().min(0) });
const row = z.object({ id: z.number().int(), type: z.literal('row'), title: z.string().min(1), gridPos: place });
const graph = z.object({
  id: z.number().int(), type: z.enum(['timeseries', 'stat', 'table']), title: z.string().min(1), description: z.string(), gridPos: place, datasource, fieldConfig: z.object({ defaults: z.object({ unit: z.string() }), overrides: z.array(z.never()) }),
  targets: z.array(z.object({ refId: z.string().regex(/^[A-Z]$/), datasource, expr: z.string().min(1), legendFormat: z.string() })).min(1),
});
const variable = z.discriminatedUnion('type', [
  z.object({ type: z.literal('datasource'), name: z.literal('datasource'), query: z.literal('prometheus') }),
  z.object({ type: z.literal('query'), name: z.string(), datasource, definition: z.string(), query: z.object({ query: z.string() }) }),
]);
/** The members that Grafana needs to load a dashboard. */
const dashboardSchema = z.object({
  id: z.null(), uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/), title: z.string().min(1), schemaVersion: z.number().int().min(36), version: z.number().int(), time: z.object({ from: z.string(), to: z.string() }),
  templating: z.object({ list: z.array(variable).min(1) }), annotations: z.object({ list: z.array(z.unknown()) }), panels: z.array(z.union([row, graph])).min(1),
});

const doubles = (all: readonly (string | number)[]): readonly (string | number)[] => all.filter((one, at) => all.indexOf(one) < at);

/** Codes and alarms that a query names, as they stand or by a glob, and that there are not. */
const unknownValues = (query: string): readonly string[] => [
  ...[...query.matchAll(/\bcode="([^"]*)"/g)].map(([, code = '']) => code).filter((code) => !Object.hasOwn(CATALOGUE, code)),
  ...[...query.matchAll(/\balarm!?="([^"]*)"/g)].map(([, alarm = '']) => alarm).filter((alarm) => !ALARM_NAMES.some((name) => name === alarm)),
];

suite('deploy/grafana/sallyport.json', () => {
  const dashboard = dashboardSchema.parse(JSON.parse(read('grafana/sallyport.json')));
  const graphs = dashboard.panels.filter((panel) => panel.type !== 'row');
  const queries = [...graphs.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...dashboard.templating.list.flatMap((one) => (one.type === 'query' ? [one.query.query] : []))];

  test('asks for nothing but what a scrape has', () => {
    assert.deepEqual(queries.flatMap((query) => [...unknownIn(query, families), ...unknownValues(query)]), []);
    for (const [query, unknown] of [
      ['sum(rate(sallyport_made_up_total[5m]))', ['sallyport_made_up_total']], ['sum by (person) (rate(sallyport_requests_total[5m]))', ['label person']], ['rate(sallyport_requests_total{user="a"}[5m])', ['label user']],
      ['rate(sallyport_open_streams[5m])', ['rate of sallyport_open_streams']], ['sum(sallyport_requests_total)', ['no rate of sallyport_requests_total']], ['vector(1)', ['no metric in vector(1)']],
    ] as const) assert.deepEqual(unknownIn(query, families), unknown, query);
  });

  test('shows every metric', () => {
    const shown = queries.join('\n');
    assert.deepEqual(families.map(({ name }) => name).filter((name) => !shown.includes(name) && name !== 'process_start_time_seconds'), []);
  });

  test('has no panel twice, and none on another', () => {
    assert.deepEqual(doubles(dashboard.panels.map(({ id }) => id)), []);
    assert.deepEqual(doubles(dashboard.panels.map(({ title }) => title)), []);
    assert.deepEqual(doubles(graphs.map(({ targets }) => targets.map(({ expr }) => expr).join('\n'))), []);
    for (const { targets } of graphs) assert.deepEqual(doubles(targets.map(({ refId }) => refId)), []);
    const overlap = dashboard.panels.filter((one, at) => dashboard.panels.slice(at + 1).some((other) => {
      const [a, b] = [one.gridPos, other.gridPos];
      return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    }));
    assert.deepEqual(overlap.map(({ title }) => title), []);
    for (const { gridPos, title } of dashboard.panels) assert.ok(gridPos.x + gridPos.w <= 24, title);
  });

  test('names no data source of a machine, and only variables that it has', () => {
    const known = new Set([...dashboard.templating.list.map(({ name }) => name), '__rate_interval']);
    assert.deepEqual(queries.flatMap((query) => [...query.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)).filter((name) => !known.has(name)), []);
  });
});

const ruleSchema = z.strictObject({
  alert: z.string().regex(/^Sallyport[A-Z][A-Za-z]+$/), expr: z.string().min(1), for: z.string().regex(/^\d+[smh]$/).optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }), annotations: z.strictObject({ summary: z.string().min(10), description: z.string().min(10) }),
});

suite('deploy/prometheus', () => {
  const { groups } = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema).min(1) })).min(1) }).parse(parse(read('prometheus/alerts.yaml')));
  const rules = groups.flatMap((group) => group.rules);

  test('alerts by what a scrape has, each by a name of its own', () => {
    assert.deepEqual(rules.flatMap(({ expr }) => [...unknownIn(expr, families), ...unknownValues(expr)]), []);
    assert.deepEqual(doubles(rules.map(({ alert }) => alert)), []);
    assert.deepEqual([...readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(/^\| (Sallyport\w+) \|/gm)].map(([, name]) => name), rules.map(({ alert }) => alert), 'and the guide lists them');
    assert.deepEqual(unknownValues('x{code="made.up",alarm!="nothing"}'), ['made.up', 'nothing']);
  });

  test('says in each alert what is the matter and what to do, with labels that are there', () => {
    for (const { alert, expr, annotations } of rules) {
      const used = [...`${annotations.summary} ${annotations.description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
      const kept = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
      const metric = families.find(({ name }) => expr.includes(name));
      const there = kept ?? [...(metric?.labels ?? []), 'job', 'instance'];
      assert.deepEqual(used.filter((label) => !there.includes(label)), [], alert);
      assert.match(annotations.description, /[.]$/);
    }
  });

  test('scrapes where the gateway serves metrics, under the name of the job that the alerts ask for', () => {
    const job = z.strictObject({ job_name: z.literal('sallyport'), scrape_interval: z.string(), static_configs: z.array(z.strictObject({ targets: z.array(z.literal('127.0.0.1:9464')) })) });
    z.strictObject({ scrape_configs: z.array(job).length(1) }).parse(parse(read('prometheus/scrape.yaml')));
    for (const [, name] of rules.map(({ expr }) => expr).join('\n').matchAll(/job="([^"]*)"/g)) assert.equal(name, 'sallyport');
  });
});
