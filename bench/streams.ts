import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KEY, keyLine, measure, requestFor, startGateway } from './cases.ts';
import { judge, report } from './report.ts';
import { setting } from './settings.ts';
import { residentMb, start, stop, type Subject } from './subject.ts';

/** `node bench/streams.ts`: what an idle stream costs that goes through to the server; `BENCH_STREAMS` says how many are opened. */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Of each stream the gateway holds two ends, and so many files are its own. */
const OWN_FILES = 200;

const openFiles = (): number => Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Number.POSITIVE_INFINITY);

const WANTED = setting('BENCH_STREAMS', 10_000);
const POSSIBLE = Math.floor((openFiles() - OWN_FILES) / 2);
const STREAMS = Math.min(WANTED, POSSIBLE);

/** Fewer say too little about ten thousand. */
const ENOUGH = 5_000;

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

const fill = async (gateway: Subject, sockets: Socket[]): Promise<void> => {
  await measure({ name: 'warm', subject: gateway, request: requestFor('echo') }, 3);
  const before = residentMb(gateway) ?? 0;
  const request = listening();
  while (sockets.length < STREAMS) sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, STREAMS - sockets.length) }, () => openStream(gateway.port, request)))));
  await pause(3_000); // what opening them left behind is collected
  const after = residentMb(gateway) ?? 0;
  const each = ((after - before) * 1024) / STREAMS;
  const short = STREAMS < WANTED ? ` The limit of open files (${String(openFiles())}) allows no more; ${String(WANTED)} streams need "ulimit -n ${String(2 * WANTED + OWN_FILES)}".` : '';
  report({ title: 'Idle streams', columns: ['streams', 'KB each', 'RSS MB', 'RSS MB before'], rows: [[String(STREAMS), each.toFixed(1), after.toFixed(0), before.toFixed(0)]], note: `Each with a stream of its own to the server behind.${short}` });
  judge('memory of an idle stream', each, { most: 45 }, ' KB');
  const reckoned = STREAMS === 10_000 ? '' : `, reckoned from ${String(STREAMS)}`;
  judge(`memory with 10,000 idle streams${reckoned}`, STREAMS < ENOUGH ? undefined : before + (each * 10_000) / 1024, { most: 500 }, ' MB');
};

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const upstream = await start('upstream', [file('upstream.ts')], { core: 0 });
const gateway = await startGateway(upstream, folder);
const sockets: Socket[] = [];
try {
  await fill(gateway, sockets);
} finally {
  for (const socket of sockets) socket.destroy();
  await stop(gateway);
  await stop(upstream);
  rmSync(folder, { recursive: true, force: true });
}
