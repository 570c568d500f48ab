import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KEY, keyLine, measure, median, requestFor, startGateway } from './cases.ts';
import { residentMb, start, stop, type Subject } from './subject.ts';

/** `node bench/growth.ts`: what a request costs with many servers, and what an idle stream costs. */

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);
const SERVERS = Number(process.env['BENCH_SERVERS'] ?? 500);
const STREAMS = Number(process.env['BENCH_STREAMS'] ?? 5_000);
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const manyServers = async (upstream: Subject, folder: string): Promise<void> => {
  const [one, many] = [join(folder, 'one'), join(folder, 'many')];
  for (const path of [one, many]) mkdirSync(path);
  const names = Array.from({ length: SERVERS - 1 }, (_, at) => `server-${String(at)}`);
  const few = await startGateway(upstream, one);
  const begun = performance.now();
  const full = await startGateway(upstream, many, { servers: names });
  console.log(`${String(SERVERS)} servers: ready after ${((performance.now() - begun) / 1000).toFixed(1)} s, ${String(residentMb(full)?.toFixed(0))} MB`);
  try {
    const cases = [{ name: 'one', subject: few, request: requestFor('echo', { path: '/bench/mcp' }) }, { name: 'many', subject: full, request: requestFor('echo', { path: '/bench/mcp' }) }] as const;
    for (const each of cases) await measure(each, 4);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const bare = await measure(cases[0], SECONDS);
      ratios.push(((await measure(cases[1], SECONDS)).cpu ?? 0) / (bare.cpu ?? 1));
    }
    console.log(`a request beside ${String(SERVERS)} servers costs ${median(ratios).toFixed(2)} of one beside 1  (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`);
  } finally {
    for (const subject of [few, full]) await stop(subject);
  }
};

const listening = (): string => {
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true }, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } });
  const head = ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json', 'Accept: application/json, text/event-stream', 'MCP-Protocol-Version: 2026-07-28', 'Mcp-Method: subscriptions/listen', keyLine(KEY), `Content-Length: ${String(text.length)}`];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
};

/** Opens a stream, and comes back when its head is there. */
const openStream = async (port: number, request: string): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(head.toString('latin1').slice(0, 300));
  socket.on('data', () => undefined);
  return socket;
};

const idleStreams = async (upstream: Subject, folder: string): Promise<void> => {
  const path = join(folder, 'streams');
  mkdirSync(path);
  const gateway = await startGateway(upstream, path);
  const sockets: Socket[] = [];
  try {
    await measure({ name: 'warm', subject: gateway, request: requestFor('echo') }, 3);
    const before = residentMb(gateway) ?? 0;
    const request = listening();
    while (sockets.length < STREAMS) sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, STREAMS - sockets.length) }, () => openStream(gateway.port, request)))));
    await pause(3_000);
    const after = residentMb(gateway) ?? 0;
    console.log(`${String(STREAMS)} idle streams: ${after.toFixed(0)} MB, ${(((after - before) * 1024) / STREAMS).toFixed(1)} KB each (${before.toFixed(0)} MB before)`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await stop(gateway);
  }
};

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const upstream = await start('upstream', [file('upstream.ts')], { core: 0 });
try {
  await manyServers(upstream, folder);
  await idleStreams(upstream, folder);
} finally {
  await stop(upstream);
  rmSync(folder, { recursive: true, force: true });
}
