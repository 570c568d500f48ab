import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { journalIn, openHome } from '../src/cli/home.ts';
import { buildSqliteTrail } from '../src/adapters/audit-sinks/sqlite-trail.ts';
import { verifyTrail } from '../src/adapters/audit-sinks/chain/verify-trail.ts';
import { buildLog } from '../src/adapters/world/log.ts';
import { realWorld } from '../src/adapters/world/world.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../src/model/audit-event.ts';
import { inTurns, median, ratioOf, requestFor, startGateway, warm, without, type Figures } from './cases.ts';
import { judge, report } from './report.ts';
import { setting } from './settings.ts';
import { start, stop } from './subject.ts';

/** `node bench/audit.ts`: what the trail costs a request, how many records a second it takes, and how long proving it takes. */

const ROUNDS = setting('BENCH_ROUNDS', 8);
const SECONDS = setting('BENCH_SECONDS', 0.7);
const RECORDS = setting('BENCH_RECORDS', 300_000);
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The same gateway with and without its trail, interleaved: CPU per request, and the ratio round by round. */
const onAndOff = async (folder: string): Promise<void> => {
  const upstream = await start('upstream', [file('upstream.ts')], { core: 0 });
  const folders = ['on', 'off'].map((name) => join(folder, name));
  for (const one of folders) mkdirSync(one);
  const on = await startGateway(upstream, folders[0] ?? '');
  const off = await startGateway(upstream, folders[1] ?? '', without(['audit']));
  try {
    const cases = Object.entries({ on, off }).flatMap(([name, subject]) => ['echo', 'write'].map((tool) => ({ name: `${tool} ${name}`, subject, request: requestFor(tool) })));
    for (const one of cases) await warm(one, 4);
    const runs = await inTurns(cases, { rounds: ROUNDS, seconds: SECONDS });
    const of = (name: string): readonly Figures[] => runs.get(name) ?? [];
    const cpu = (name: string): string => median(of(name).map((run) => run.cpu ?? 0)).toFixed(1);
    const rows = [['a read, one record', 'echo'], ['a write, two records', 'write']].map(([what = '', tool = '']) => [what, cpu(`${tool} on`), cpu(`${tool} off`), ratioOf(of(`${tool} on`), of(`${tool} off`)).toFixed(2)]);
    report({ title: 'The audit trail: a call with and without it', columns: ['call', 'CPU µs with', 'without', 'ratio'], rows, note: `${String(ROUNDS)} rounds of ${String(SECONDS)} s. Without: every record is taken and none is written.` });
    judge('a read with its record beside one without', ratioOf(of('echo on'), of('echo off')), { most: 1.15 });
  } finally {
    for (const subject of [on, off, upstream]) await stop(subject);
  }
};

const eventOf = (at: number): AuditEvent => ({
  v: AUDIT_SCHEMA, id: `req_0mwqxv7w3f6d953f${String(at).padStart(8, '0')}`, type: 'call', at: '2026-11-21T10:00:00.000Z', who: 'alice@company.com', name: 'laptop', group: 'Engineering', credential: 'key_1', method: 'api-key', via: 'header',
  address: '127.0.0.1', client: 'bench', server: 'crm', environment: 'live', call: 'tools/call', target: 'get_customer', annotation: 'read-only', arguments: { id: `cust_${String(at)}` }, decision: 'allow', policy: '98dec4bf6bfb', rule: 'key: crm:*', status: 200, durationMs: 1.234, authMs: 0.1, policyMs: 0.2, upstreamMs: 0.9,
});

/** Records as fast as they are taken, fifty at a time, journal and table included; then the proof of them. */
const recordsASecond = async (folder: string): Promise<void> => {
  const home = openHome(join(folder, 'data'));
  const world = realWorld(buildLog({ level: 'error', pretty: false, write: (line) => void process.stderr.write(line) }));
  const sink = buildSqliteTrail({ database: home.database, directory: journalIn(home.directory), signer: home.signer, ...world });
  const [begun, cpuBefore] = [performance.now(), process.cpuUsage()];
  for (let at = 0; at < RECORDS; at += 50) await Promise.all(Array.from({ length: 50 }, (_, more) => sink.write(eventOf(at + more))));
  await sink.close();
  const cpu = process.cpuUsage(cpuBefore);
  const perSecond = RECORDS / ((performance.now() - begun) / 1000);
  const proofBegun = performance.now();
  const { records, fault } = verifyTrail({ database: home.database, publicKey: home.signer.publicKey.pem });
  if (fault !== undefined) throw new Error(`the trail is not proven: ${fault.what}`);
  const proof = ((performance.now() - proofBegun) / records) * 1000;
  report({ title: 'The audit trail by itself', columns: ['records/s', 'CPU µs each', 'seconds to prove a million'], rows: [[perSecond.toFixed(0), ((cpu.user + cpu.system) / RECORDS).toFixed(1), proof.toFixed(1)]], note: `${String(RECORDS)} records, journal and table included.` });
  judge('proving a million audit records', proof, { most: 10 }, ' s');
  home.database.close();
};

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
try {
  await recordsASecond(folder);
  await onAndOff(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
