import { hash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/world/ports.ts';
import { goodClaims, TestKey } from '../test/world/token-issuer.ts';
import { KEY, requestFor, startGateway } from './cases.ts';
import { adder, attempt, compare, type Add, type Entry } from './compare.ts';
import { nameOf, startHaproxy, startNginx } from './proxies.ts';
import { judge } from './report.ts';
import { setting } from './settings.ts';
import { start, startListening, stop, type Subject } from './subject.ts';

/**
 * `node bench/peers.ts`: the gateway beside what others run for a part of its work, each in front of the same server, by turns in one run. The
 * peers are installed into bench/peers, apart from the product.
 */

const how = { rounds: setting('BENCH_ROUNDS', 6), seconds: setting('BENCH_SECONDS', 0.7), warmSeconds: 5 };
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PEERS = file('peers');
const CRM = [process.execPath, file('../src/example/crm-server.ts')];
const FORWARDER = 'bare undici forwarder';
const WHOLE = 'gateway, whole path';
const STDIO = 'gateway, stdio server';

/** Whether what package.json names is there, in the version that it names. */
const isInstalled = (): boolean => {
  const { dependencies } = JSON.parse(readFileSync(join(PEERS, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }; // our own file
  return Object.entries(dependencies).every(([name, version]) => {
    const path = join(PEERS, 'node_modules', name, 'package.json');
    return existsSync(path) && readFileSync(path, 'utf8').includes(`"version": "${version}"`);
  });
};

const install = (): void => {
  if (isInstalled()) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: PEERS, stdio: 'inherit' });
  if (status !== 0) console.error('The peers cannot be installed (see above): those that need it are not measured.');
};

/** Where a gateway has its files, and how what is started is kept. */
interface Place {
  readonly add: Add;
  readonly folder: (name: string) => string;
}

/** haproxy with a map of keys, a limit for each of them, a policy over the JSON body, and a line of log for each call. */
const guards = (folder: string): readonly string[] => {
  writeFileSync(join(folder, 'keys.map'), `${hash('sha256', KEY)} bench\n`);
  writeFileSync(join(folder, 'tools.lst'), 'echo\nwrite\n');
  return [
    'option http-buffer-request',
    'log stdout len 2048 format raw local0 info',
    'log-format "%T %ci %[var(txn.who)] %[var(txn.method)] %[var(txn.tool)] %ST %Tr"',
    'stick-table type string len 64 size 100k expire 1h store http_req_rate(1s)',
    `http-request set-var(txn.who) req.hdr(x-api-key),sha2(256),hex,lower,map(${join(folder, 'keys.map')})`,
    'http-request deny deny_status 401 unless { var(txn.who) -m found }',
    'http-request track-sc0 var(txn.who)',
    'http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100000000 }',
    "http-request set-var(txn.method) req.body,json_query('$.method')",
    "http-request set-var(txn.tool) req.body,json_query('$.params.name')",
    `http-request deny deny_status 403 unless { var(txn.method) -m str tools/call } { var(txn.tool) -m str -f ${join(folder, 'tools.lst')} }`,
    'http-request del-header x-api-key',
  ];
};

const proxies = async ({ add, folder }: Place): Promise<void> => {
  const upstream = add(await start('upstream', [file('upstream.ts')], { core: 0 }));
  const at = `http://127.0.0.1:${String(upstream.port)}`;
  const of = { request: requestFor('echo'), beside: FORWARDER };
  const [haproxy, nginx, fastify] = [`${nameOf('haproxy')}: key map, limit, JSON policy, log`, `${nameOf('nginx')}: auth_request to a validator in Node (included)`, '@fastify/http-proxy, bare'];
  const entries = [
    await attempt(FORWARDER, async () => ({ ...of, subject: add(await start('forwarder', [file('forwarder.ts'), at], { core: 1 })) })),
    await attempt(WHOLE, async () => ({ ...of, subject: add(await startGateway(upstream, folder('http'))) })),
    await attempt(haproxy, async () => ({ ...of, subject: add(await startHaproxy(folder('proxies'), 'haproxy', { upstream, guards })) })),
    await attempt(nginx, async () => {
      const validator = add(await start('validator', [file('validator.ts'), KEY], { core: 1 }));
      return { ...of, subject: add(await startNginx(folder('proxies-2'), 'nginx', { upstream, validator })), with: [validator] };
    }),
    await attempt(fastify, async () => ({ ...of, subject: add(await start('fastify', [join(PEERS, 'fastify-proxy.mjs'), at], { core: 1 })) })),
  ];
  const ratio = await compare(entries, { ...how, title: 'Beside other proxies' });
  judge('whole path beside @fastify/http-proxy, bare', ratio(WHOLE, fastify), { most: 0.45 });
  judge('whole path beside haproxy with key map, limit, JSON policy and log', ratio(WHOLE, haproxy), { most: 2.5 });
};

const stdioPeers = async ({ add, folder }: Place): Promise<void> => {
  const upstream = add(await start('upstream', [file('upstream.ts')], { core: 0 }));
  const of = { request: requestFor('get_customer', { values: { id: 'cust_001' } }), beside: STDIO };
  const peer = 'mcp-proxy --apiKey, same server';
  const entries = [
    await attempt(STDIO, async () => ({ ...of, subject: add(await startGateway(upstream, folder('stdio'), { command: CRM })) })),
    await attempt(peer, async () => {
      const port = await freePort();
      return { ...of, subject: add(await startListening({ name: 'mcp-proxy', port }, [process.execPath, join(PEERS, 'node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs'), '--host', '127.0.0.1', '--port', String(port), '--server', 'stream', '--stateless', '--apiKey', KEY, '--', ...CRM], { core: 1 })) };
    }),
  ];
  const ratio = await compare(entries, { ...how, title: 'In front of a stdio server', note: 'The server’s own CPU is not counted.' });
  judge('mcp-proxy --apiKey beside the gateway, the same stdio server', ratio(peer, STDIO), { least: 2 });
  await perProcess({ add, folder });
};

/** It starts a process for each request: a few of them say enough. */
const perProcess = async ({ add }: Place): Promise<void> => {
  const name = 'supergateway, stateless, same server';
  const entry = await attempt(name, async () => {
    const port = await freePort();
    const subject = add(await startListening({ name: 'supergateway', port }, [process.execPath, join(PEERS, 'node_modules/supergateway/dist/index.js'), '--stdio', CRM.join(' '), '--outputTransport', 'streamableHttp', '--port', String(port), '--logLevel', 'none'], { core: 1 }));
    return { subject, request: requestFor('get_customer', { values: { id: 'cust_001' }, legacy: true }), beside: name, starts: true, connections: 2 };
  });
  await compare([entry], { rounds: 1, seconds: 10, warmSeconds: 0, title: 'In front of a stdio server: a process for each request', note: 'With two connections. The processes that it started and that have ended are counted.' });
};

const RSA = new TestKey('RS256', 'peers');
const token = (): string => RSA.sign(goodClaims('https://idp.example', Date.now(), { aud: 'bench' }));

/** A server that asks for a token itself, and the gateway in front of the same one that does not. */
const sdkPair = async ({ add, folder }: Place, name: string, { program, guard, credential, legacy = false }: { readonly program: readonly string[]; readonly guard: readonly string[]; readonly credential: string; readonly legacy?: boolean }): Promise<readonly Entry[]> => {
  const beside = `gateway and ${name}`;
  return [
    await attempt(beside, async () => {
      const open = add(await start(name, program, { core: 0 }));
      return { subject: add(await startGateway(open, folder(name.replaceAll(/\W/g, '-')))), with: [open], request: requestFor('echo', { legacy }), beside };
    }),
    await attempt(`${name} with bearer`, async () => ({ subject: add(await start(name, [...program, ...guard], { core: 1 })), request: requestFor('echo', { legacy, credential: `Authorization: Bearer ${credential}` }), beside })),
  ];
};

const SERVERS = ['SDK v1 in Express', 'SDK v2 in Express', 'SDK v2 in Hono'];

const servers = async (place: Place): Promise<void> => {
  const [v1 = '', express = '', hono = ''] = SERVERS;
  const two = (framework: string) => ({ program: [join(PEERS, 'sdk2-server.mjs'), framework], guard: [JSON.stringify({ keys: [RSA.jwk] })], credential: token() });
  const entries = [
    ...(await sdkPair(place, v1, { program: [join(PEERS, 'sdk-server.mjs')], guard: ['--auth', KEY], credential: KEY, legacy: true })),
    ...(await sdkPair(place, express, two('express'))),
    ...(await sdkPair(place, hono, two('hono'))),
    await attempt('fastmcp with authenticate', async () => ({ subject: place.add(await start('fastmcp', [join(PEERS, 'fastmcp-server.mjs'), KEY], { core: 1 })), request: requestFor('echo', { legacy: true, credential: `Authorization: Bearer ${KEY}` }), beside: `gateway and ${v1}` })),
  ];
  const ratio = await compare(entries, { ...how, title: 'Beside servers that check a token themselves', note: 'In the rows of the gateway the server’s own CPU is counted too. SDK v1 and fastmcp compare the token, SDK v2 verifies RS256 by jose.' });
  for (const name of SERVERS) judge(`${name} with bearer beside the gateway and the same server without`, ratio(`${name} with bearer`, `gateway and ${name}`), { least: 0.95 });
};

install();
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
try {
  for (const group of [proxies, stdioPeers, servers]) {
    const subjects: Subject[] = [];
    try {
      await group({ add: adder(subjects), folder: (name) => mkdirSync(join(folder, name), { recursive: true }) ?? join(folder, name) });
    } finally {
      for (const subject of subjects.toReversed()) await stop(subject);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
