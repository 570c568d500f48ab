import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { ExampleGateway, root } from '../world/example-gateway.ts';
import { freePort } from '../world/ports.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** The trail handed on to receivers that are processes of their own, over outages (issue "An audit trail one can prove", part Looking; RFC 5424, RFC 5425, RFC 6587). */

const KEY = 'audit-sinks-key-0123456789abcdef';
const keys = { [KEY]: { name: 'sinks', userId: 'alice', permissions: ['crm:*'] } };
const program = join(root, 'test/fixtures/audit-receivers/receiver.ts');
const [certificate, certificateKey] = [join(root, 'test/fixtures/tls/server.crt'), join(root, 'test/fixtures/tls/server.key')];

const server = `servers:
  crm:
    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(root, 'src/example/crm-server.ts'))}]
`;

const receiver = async (kind: 'tcp' | 'tls' | 'http', port: number): Promise<RunningProcess> => {
  const running = startProcess([process.execPath, program, kind, String(port), certificate, certificateKey]);
  await running.says(/listening/);
  return running;
};

/** The ids of the closed calls that a receiver has seen, each where it came first. */
const idsSaid = (running: RunningProcess): readonly string[] => {
  assert.doesNotMatch(running.stdout(), /broken/);
  return [...new Set([...running.stdout().matchAll(/"id":"call"[^\n]*?externalId=(req_\w+)/g)].map(([, id = '']) => id))];
};

const callOnce = async (gateway: ExampleGateway): Promise<number> => (await gateway.call(KEY, 'get_customer', { id: 'cust_789' })).status;

suite('Receivers of the trail', () => {
  const stack = new AsyncDisposableStack();
  let gateway: ExampleGateway;
  let folder: string;
  let [tcp, tls, http]: RunningProcess[] = [];
  let tcpPort: number;
  const secret = `whsec_${Buffer.from('of the webhook').toString('base64')}`;

  before(async () => {
    folder = stack.use(await temporaryFolder('audit-sinks')).path;
    writeFileSync(join(folder, 'secret'), secret);
    const [tlsPort, httpPort] = [await freePort(), await freePort()];
    tcpPort = await freePort();
    [tcp, tls, http] = [stack.use(await receiver('tcp', tcpPort)), stack.use(await receiver('tls', tlsPort)), stack.use(await receiver('http', httpPort))];
    gateway = stack.use(await ExampleGateway.start(`${server}
fetch: { allow: ["127.0.0.1:${String(httpPort)}"] }
audit:
  sinks:
    lines: { kind: file, path: ${JSON.stringify(join(folder, 'trail.jsonl'))} }
    tcp: { kind: syslog, host: 127.0.0.1, port: ${String(tcpPort)}, tls: false }
    tls: { kind: syslog, host: 127.0.0.1, port: ${String(tlsPort)}, ca: ${JSON.stringify(certificate)} }
    hook: { kind: webhook, url: "http://127.0.0.1:${String(httpPort)}/hook", secret: "file:${join(folder, 'secret')}", format: ocsf }
    collector: { kind: otlp, url: "http://127.0.0.1:${String(httpPort)}/v1/logs" }
`, keys));
  });
  after(() => stack.disposeAsync());

  const trail = (): string => (existsSync(join(folder, 'trail.jsonl')) ? readFileSync(join(folder, 'trail.jsonl'), 'utf8') : '');
  const idsInFile = (): readonly string[] =>
    trail().split('\n').slice(0, -1).map((line) => JSON.parse(line) as { id: string; type: string }).filter(({ type }) => type === 'call').map(({ id }) => id);

  /** Waits until a receiver has seen so many calls. */
  const seen = (what: string, ids: () => readonly string[], count: number): Promise<readonly string[]> =>
    until(`${what} has ${String(count)} records`, async () => (ids().length >= count ? ids() : undefined), { withinMs: 20_000 });

  test('get every call, in the order of the trail, in frames and heads that their standards know', async () => {
    for (let at = 0; at < 5; at += 1) assert.equal(await callOnce(gateway), 200);
    const inFile = await seen('the file', idsInFile, 5);
    assert.equal(inFile.length, 5);
    assert.deepEqual(await seen('plain syslog', () => idsSaid(tcp as RunningProcess), 5), inFile);
    assert.deepEqual(await seen('syslog over TLS', () => idsSaid(tls as RunningProcess), 5), inFile);
    const posts = (): readonly { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }[] => (http as RunningProcess).stdout().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { url: string; headers: Record<string, string>; body: string });
    const idsAt = (url: string, pattern: RegExp) => (): readonly string[] => [...new Set(posts().filter((post) => post.url === url).flatMap(({ body }) => [...body.matchAll(pattern)].map(([, id = '']) => id)))];
    assert.deepEqual(await seen('the webhook', idsAt('/hook', /"uid":"(req_\w+)\/call"/g), 5), inFile);
    assert.equal((await seen('the collector', idsAt('/v1/logs', /"sallyport\.id","value":\{"stringValue":"(req_\w+)"/g), 5)).length, 5);
    for (const { headers, body } of posts().filter(({ url }) => url === '/hook')) {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(`${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${body}`).digest('base64')}`);
    }
  });

  test('that were gone get what came meanwhile, and calls have gone on', async () => {
    await (tcp as RunningProcess).stop();
    const known = new Set(idsInFile());
    for (let at = 0; at < 5; at += 1) assert.equal(await callOnce(gateway), 200);
    const back = stack.use(await receiver('tcp', tcpPort));
    const inFile = (await seen('the file', () => idsInFile().filter((id) => !known.has(id)), 5));
    const found = await seen('plain syslog', () => idsSaid(back).filter((id) => !known.has(id)), 5);
    assert.deepEqual(found, inFile);
  });
});

suite('A receiver without which nothing may be done', () => {
  test('stops calls while it is too far behind, before the server hears of them, and lets them go on when it has caught up', async () => {
    const port = await freePort();
    await using gateway = await ExampleGateway.start(`${server}
audit:
  sinks:
    siem: { kind: syslog, host: 127.0.0.1, port: ${String(port)}, tls: false, spool: 3, failClosed: true }
`, keys);
    const refused = await until('calls are refused', async () => {
      const answer = await gateway.call(KEY, 'get_customer', { id: 'cust_789' });
      return answer.status === 503 ? answer : undefined;
    }, { withinMs: 20_000 });
    assert.equal(refused.json['code'], 'audit.unavailable');
    assert.doesNotMatch(refused.text, /siem|behind/, 'why is the operator\'s');
    await using siem = await receiver('tcp', port);
    await until('calls go on', async () => ((await callOnce(gateway)) === 200 ? true : undefined), { withinMs: 40_000, everyMs: 200 });
    await until('the refused ones are told, too', async () => (siem.stdout().includes('audit.unavailable') ? true : undefined), { withinMs: 20_000 });
  });
});

suite('A configuration of receivers', () => {
  const sinks = (text: string, profile = 'solo') => parseConfig(`profile: ${profile}\nservers: { crm: { url: "https://crm.example/mcp" } }\naudit: { sinks: { siem: ${text} } }\n${profile === 'solo' ? '' : 'issuers: { company: { issuer: "https://id.example" } }\n'}`, 'sallyport.yaml').audit.sinks['siem'];

  for (const [text, message] of [
    ['{ kind: kafka }', /audit\.sinks\.siem\.kind/],
    ['{ kind: file }', /has no path/],
    ['{ kind: syslog, port: 514 }', /has no host/],
    ['{ kind: syslog, host: siem.example, tls: false, ca: x.pem }', /no use without TLS/],
    ['{ kind: syslog, host: "a b" }', /neither a host name/],
    ['{ kind: file, path: x, url: "https://x.example/" }', /is nothing of the kind file/],
    ['{ kind: webhook, url: "https://x.example/", secret: plain-text }', /must be a reference/],
    ['{ kind: webhook, url: "https://x.example/" }', /has no secret/],
    ['{ kind: otlp, url: "ftp://x.example/" }', /http or https URL/],
    ['{ kind: otlp, url: "https://x.example/", format: cef }', /is nothing of the kind otlp/],
    ['{ kind: file, path: x, spool: 0 }', /spool/],
    ['{ kind: file, path: x, pth: y }', /did you mean "?path/],
    ['{ kind: file, path: x }, other: { kind: file, path: x }', /file of another receiver/],
  ] as const) test(`that says ${text} is refused with the place`, () => assert.throws(() => sinks(text), (error: unknown) => error instanceof ConfigError && message.test(error.message)));

  test('refuses calls rather than go on without one in the profile regulated alone, unless it says so', () => {
    assert.equal(sinks('{ kind: file, path: x }')?.failClosed, false);
    assert.equal(sinks('{ kind: file, path: x }', 'regulated')?.failClosed, true);
    assert.equal(sinks('{ kind: file, path: x, failClosed: false }', 'regulated')?.failClosed, false);
  });
});
