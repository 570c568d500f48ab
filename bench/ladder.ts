import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requestFor, startGateway, without } from './cases.ts';
import { adder, attempt, compare } from './compare.ts';
import { setting } from './settings.ts';
import { start, stop, type Subject } from './subject.ts';

/** `node bench/ladder.ts`: the gateway with everything, and with one room after another left empty, beside the bare forwarder. */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const FORWARDER = 'bare undici forwarder';

const STEPS = [
  { name: 'gateway, whole path', rooms: [] },
  { name: '… without audit (nothing is written)', rooms: ['audit'] },
  { name: '… and without limits by key and tool', rooms: ['audit', 'limits'] },
  { name: '… and without policy (all is allowed)', rooms: ['audit', 'limits', 'policy'] },
];

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const subjects: Subject[] = [];
try {
  const add = adder(subjects);
  const upstream = add(await start('upstream', [file('upstream.ts')], { core: 0 }));
  const of = { request: requestFor('echo'), beside: FORWARDER };
  const entries = [await attempt(FORWARDER, async () => ({ ...of, subject: add(await start('forwarder', [file('forwarder.ts'), `http://127.0.0.1:${String(upstream.port)}`], { core: 1 })) }))];
  for (const [at, { name, rooms }] of STEPS.entries()) {
    const own = join(folder, String(at));
    mkdirSync(own);
    entries.push(await attempt(name, async () => ({ ...of, subject: add(await startGateway(upstream, own, without(rooms))) })));
  }
  const note = 'What is left in the last row: the listener, the shield by address, the key, strict reading, the record that nobody writes, and our own HTTP client.';
  await compare(entries, { title: 'What each guard costs', rounds: setting('BENCH_ROUNDS', 8), seconds: setting('BENCH_SECONDS', 0.7), warmSeconds: 8, note });
} finally {
  for (const subject of subjects.toReversed()) await stop(subject);
  rmSync(folder, { recursive: true, force: true });
}
