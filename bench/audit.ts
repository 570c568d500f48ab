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
import { measure, median, requestFor, startGateway } from './cases.ts';
import { start, stop } from './subject.ts';

/** `node bench/audit.ts`: what the trail costs a request, how many records a second it takes, and how long proving it takes. */

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 6);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);
const RECORDS = Number(process.env['BENCH_RECORDS'] ?? 300_000);
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The same gateway with and without its trail, interleaved: CPU per request, and the ratio round by round. */
const onAndOff = async (folder: string): Promise<void> => {
  const upstream = await start('upstream', [file('upstream.ts')], { core: 0 });
  const folders = ['on', 'off'].map((name) => join(folder, name));
  for (const one of folders) mkdirSync(one);
  const on = await startGateway(upstream, folders[0] ?? '');
  const off = await startGateway(upstream, folders[1] ?? '', { flags: ['--import', file('without-audit.ts')] });
  try {
    for (const tool of ['echo', 'write']) {
      const [withTrail, without] = [{ name: 'on', subject: on, request: requestFor(tool) }, { name: 'off', subject: off, request: requestFor(tool) }];
      for (const one of [withTrail, without]) await measure(one, 4);
      const ratios: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) ratios.push(((await measure(withTrail, SECONDS)).cpu ?? 0) / ((await measure(without, SECONDS)).cpu ?? 1));
      console.log(`${tool === 'echo' ? 'read tool ' : 'write tool'}  audit on / audit off, CPU per request: ${median(ratios).toFixed(2)}  (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`);
    }
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
  console.log(`${(RECORDS / ((performance.now() - begun) / 1000)).toFixed(0)} records/s written to SQLite, ${((cpu.user + cpu.system) / RECORDS).toFixed(1)} µs CPU each`);
  const proofBegun = performance.now();
  const { records, fault } = verifyTrail({ database: home.database, publicKey: home.signer.publicKey.pem });
  console.log(`${((performance.now() - proofBegun) / records * 1000).toFixed(1)} s to prove a million records${fault === undefined ? '' : `; NOT proven: ${fault.what}`}`);
  home.database.close();
};

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
try {
  await recordsASecond(folder);
  await onAndOff(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
