import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { connect, type ConnectionOptions } from 'node:tls';
import { startGateway } from '../test/world/gateway-process.ts';
import { crmServer } from '../test/world/oauth-gateway.ts';
import { TLS_KEY, TlsGateway } from '../test/world/tls-gateway.ts';
import { median } from './cases.ts';
import { judge, report } from './report.ts';
import { setting } from './settings.ts';

/**
 * What TLS with client certificates costs the gateway: `node bench/handshakes.ts`. Keys are of P-256. The client shares the machine, so the figure that
 * counts is the CPU time of the gateway's process, and ratios in one run.
 */

const ROUNDS = setting('BENCH_ROUNDS', 6);
const SECONDS = setting('BENCH_SECONDS', 1);
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

type Figures = Awaited<ReturnType<typeof measure>>;
const cases = [
  { name: 'full handshake', pid: secure.process.pid, work: async () => void (await shake({})) },
  { name: 'resumed handshake', pid: secure.process.pid, work: async () => void (await shake(session === undefined ? {} : { session })) },
  { name: 'request, in the clear', pid: plain.process.pid, work: inTheClear },
  { name: 'request, kept-alive mutual TLS', pid: secure.process.pid, work: overTls },
];
const runs = cases.map(() => [] as Figures[]);
for (let round = -1; round < ROUNDS; round += 1) {
  for (const [at, { pid, work }] of cases.entries()) {
    const figures = await measure(pid, work);
    if (round >= 0) runs[at]?.push(figures); // the first round warms up
  }
}
const rows = cases.map(({ name }, at) => [name, median(runs[at]?.map(({ perSecond }) => perSecond) ?? []).toFixed(0), median(runs[at]?.map(({ micros }) => micros) ?? []).toFixed(0)]);
report({ title: 'TLS with client certificates (P-256)', columns: ['what', 'per second', 'CPU µs'], rows, note: `${String(ROUNDS)} rounds of ${String(SECONDS)} s. A handshake is counted with its connection, one health question and the end of it; the client shares the machine.` });
const [, , clear, overMutual] = runs;
judge('a request over kept-alive mutual TLS beside one in the clear', median(overMutual?.map(({ micros }, round) => micros / (clear?.[round]?.micros ?? 1)) ?? []), { most: 1.25 });
agent.destroy();
plainAgent.destroy();
