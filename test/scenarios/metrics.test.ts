import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { families } from '../../src/adapters/metrics/list.ts';
import { ExampleGateway, root } from '../world/example-gateway.ts';
import { freePort } from '../world/ports.ts';
import { readScrape, type Scraped } from '../world/prometheus-text.ts';
import { until } from '../world/until.ts';

/** What a real gateway tells a scraper (issue "An audit trail one can prove", part Metrics; clients.md §3c). */

const KEY = 'metrics-key-0123456789abcdef';
const keys = { [KEY]: { name: 'metrics', userId: 'alice', permissions: ['crm:get_customer'] } };

suite('A scrape of a running gateway', () => {
  test('[R50] is in the text format, has every metric of docs/metrics.md and no other, and says what has happened', async () => {
    const port = await freePort();
    await using gateway = await ExampleGateway.start(`metrics: { port: ${String(port)} }
servers:
  crm:
    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(root, 'src/example/crm-server.ts'))}]
`, keys);
    const scrape = async () => {
      const response = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
      assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      return readScrape(await response.text());
    };
    const value = async (name: string, labels: Scraped['labels']): Promise<number | undefined> =>
      (await scrape()).get(name)?.samples.find((sample) => Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted))?.value;
    assert.deepEqual([...(await scrape()).keys()], families.map(({ name }) => name));
    assert.equal((await gateway.call(KEY, 'get_customer', { id: 'cust_789' })).status, 200);
    assert.equal((await gateway.call(KEY, 'delete_customer', { id: 'cust_789' })).status, 403);
    assert.equal((await gateway.call('no-key-of-anybody-0123456789', 'get_customer', { id: 'cust_789' })).status, 401);
    assert.equal(await value('sallyport_tool_calls_total', { server: 'crm', tool: 'get_customer', decision: 'allow' }), 1);
    assert.equal(await value('sallyport_tool_calls_total', { tool: 'delete_customer', decision: 'deny' }), 1);
    assert.equal(await value('sallyport_requests_total', { code: 'credential.invalid' }), 1);
    assert.equal(await value('sallyport_upstream_up', { server: 'crm' }), 1);
    assert.equal(await value('sallyport_config_last_reload_successful', {}), 1);
    appendFileSync(gateway.configFile, 'nonsense: true\n');
    await until('the bad configuration is counted', async () => ((await value('sallyport_config_reloads_total', { result: 'failed' })) ?? 0) > 0 || undefined, { withinMs: 20_000 });
    assert.equal(await value('sallyport_config_last_reload_successful', {}), 0);
    const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    assert.doesNotMatch(text, /alice|cust_789|127\.0\.0\.1|key_|env_/, 'no caller, nothing of a call');
    assert.equal((await fetch(`http://127.0.0.1:${String(port)}/metrics`, { method: 'POST' })).status, 404);
  });
});
