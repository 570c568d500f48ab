import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listRequest, requestFor, startGateway, type Case } from './cases.ts';
import { adder, attempt, compare, type Entry } from './compare.ts';
import { setting } from './settings.ts';
import { start, stop, type Subject } from './subject.ts';

/** `node bench/answers.ts`: lists that are narrowed to what a caller may use, and answers that come as an event stream, beside the bare forwarder with the same. */

const TOOLS = 200;
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const subjects: Subject[] = [];
try {
  const add = adder(subjects);
  const upstream = add(await start('upstream', [file('upstream.ts')], { core: 0, env: { BENCH_TOOLS: String(TOOLS) } }));
  const forwarder = add(await start('forwarder', [file('forwarder.ts'), `http://127.0.0.1:${String(upstream.port)}`], { core: 1 }));
  const gateway = async (name: string, permissions: readonly string[]): Promise<Subject> => {
    mkdirSync(join(folder, name));
    return add(await startGateway(upstream, join(folder, name), { permissions }));
  };
  const [list, stream, json] = [listRequest(), requestFor('stream'), requestFor('echo')];
  const [LIST, STREAM] = [`forwarder, tools/list of ${String(TOOLS)}`, 'forwarder, event stream'];
  const all = await gateway('all', ['bench:*']);
  const bare = (name: string, request: Case['request']): Entry => ({ name, subject: forwarder, request, beside: name });
  const entries: readonly Entry[] = [
    bare(LIST, list),
    { name: `gateway, tools/list of ${String(TOOLS)}, all of them`, subject: all, request: list, beside: LIST },
    await attempt(`gateway, tools/list of ${String(TOOLS)}, of which half`, async () => ({ subject: await gateway('half', ['bench:even_*']), request: list, beside: LIST })),
    bare(STREAM, stream),
    { name: 'gateway, event stream', subject: all, request: stream, beside: STREAM },
    { name: 'gateway, JSON', subject: all, request: json, beside: 'gateway, event stream' },
  ];
  await compare(entries, { title: 'Lists and event streams', rounds: setting('BENCH_ROUNDS', 6), seconds: setting('BENCH_SECONDS', 0.7), warmSeconds: 5, note: 'An event stream has one event, the answer, and ends.' });
} finally {
  for (const subject of subjects.toReversed()) await stop(subject);
  rmSync(folder, { recursive: true, force: true });
}
