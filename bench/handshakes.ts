import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { connect, type ConnectionOptions } from 'node:tls';
import { startGateway } from '../test/world/gateway-process.ts';
import { crmServer } from '../test/world/oauth-gateway.ts';
import { TLS_KEY, TlsGateway } from '../test/world/tls-gateway.ts';

/**
 * What TLS with client certificates costs the gateway: `node bench/handshakes.ts`. Keys are of P-256. The client shares the machine, so the figure that
 * counts is the CPU time of the gateway's process, and ratios in one run.
 */

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const PARALLEL = 16;

/** User and system time of a process, µs. */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
};

/** Does the same again and again on several lines: how often in a second, and what one costs the process. */
const measure = async (pid: number, work: () => Promise<void>): Promise<{ readonly perSecond: number; readonly micros: number }> => {
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const [began, cpu] = [performance.now(), cpuOf(pid)];
  let count = 0;
  const line = async (): Promise<void> => {
    for (; performance.now() - began < SECONDS * 1000; count += 1) await work();
  };
  await Promise.all(Array.from({ length: PARALLEL }, line));
  return { perSecond: count / ((performance.now() - began) / 1000), micros: (cpuOf(pid) - cpu) / count };
};

await using secure = await TlsGateway.start({ tls: { ca: 'clients.crt' }, more: { limits: { handshakes: { perSecond: 1_000_000, burst: 10_000_000 } } } });
await using plain = await startGateway({ upstream: [process.execPath, crmServer] });
const shown = secure.clients.issue();
const options: ConnectionOptions = { host: '127.0.0.1', port: secure.port, ca: secure.servers.cert, cert: shown.cert, key: shown.key, ALPNProtocols: ['http/1.1'] };

/** A connection, made and ended by both sides. @returns the session of a full handshake, which comes behind it with TLS 1.3 */
const shake = async (more: ConnectionOptions): Promise<Buffer | undefined> => {
  const socket = connect({ ...options, ...more }).resume();
  let session: Buffer | undefined;
  socket.once('session', (given: Buffer) => (session = given)).once('secureConnect', () => socket.end('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'));
  await once(socket, 'close');
  return session;
};
const session = await shake({});

const answered = async (asked: ReturnType<typeof request>): Promise<void> => {
  asked.end();
  const [answer] = await once(asked, 'response');
  answer.resume();
  await once(answer, 'end');
};
const [agent, plainAgent] = [new Agent({ keepAlive: true, maxSockets: PARALLEL }), new PlainAgent({ keepAlive: true, maxSockets: PARALLEL })];
const port = Number(new URL(plain.origin).port);
const overTls = (): Promise<void> => answered(request({ host: '127.0.0.1', port: secure.port, ca: secure.servers.cert, cert: shown.cert, key: shown.key, path: '/mcp/status', headers: { 'x-api-key': TLS_KEY }, agent }));
const inTheClear = (): Promise<void> => answered(plainRequest({ host: '127.0.0.1', port, path: '/mcp/status', headers: { 'x-api-key': plain.key }, agent: plainAgent }));

const rows = [
  ['full handshake', await measure(secure.process.pid, async () => void (await shake({})))],
  ['resumed handshake', await measure(secure.process.pid, async () => void (await shake(session === undefined ? {} : { session })))],
  ['request, in the clear', await measure(plain.process.pid, inTheClear)],
  ['request, kept-alive mutual TLS', await measure(secure.process.pid, overTls)],
] as const;
console.log(`${''.padEnd(32)} ${'per second'.padStart(10)} ${'CPU µs'.padStart(8)}`);
for (const [name, { perSecond, micros }] of rows) console.log(`${name.padEnd(32)} ${perSecond.toFixed(0).padStart(10)} ${micros.toFixed(0).padStart(8)}`);
const [, , clear, tls] = rows.map(([, { micros }]) => micros);
console.log(`a request over kept-alive mutual TLS costs ${((tls ?? 0) / (clear ?? 1)).toFixed(2)} × one in the clear`);
agent.destroy();
plainAgent.destroy();
