import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requestFor, startGateway } from './cases.ts';
import { adder, compare, type Add, type Comparison } from './compare.ts';
import { judge } from './report.ts';
import { setting } from './settings.ts';
import { start, stop, type Subject } from './subject.ts';

/** `node bench/growth.ts`: what a request costs with many servers, with many rules, and with a large body. */

const ROUNDS = setting('BENCH_ROUNDS', 5);
const SECONDS = setting('BENCH_SECONDS', 0.7);
const WARM_SECONDS = 3;
const SERVERS = setting('BENCH_SERVERS', 500);
const RULES = [1, 10, 100, 1_000];
const BODIES = [1_000, 10_000, 100_000, 1_000_000];
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const how = { rounds: ROUNDS, seconds: SECONDS, warmSeconds: WARM_SECONDS };

const inFolder = (folder: string, name: string): string => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};

/** Does the work with processes that are ended behind it. */
const holding = async (work: (add: Add) => Promise<void>): Promise<void> => {
  const subjects: Subject[] = [];
  try {
    await work(adder(subjects));
  } finally {
    for (const subject of subjects.toReversed()) await stop(subject);
  }
};

const manyServers = (upstream: Subject, folder: string): Promise<void> =>
  holding(async (add) => {
    const few = add(await startGateway(upstream, inFolder(folder, 'one')));
    const begun = performance.now();
    const many = add(await startGateway(upstream, inFolder(folder, 'many'), { servers: Array.from({ length: SERVERS - 1 }, (_, at) => `server-${String(at)}`) }));
    const readyAfter = (performance.now() - begun) / 1000;
    const [one, full] = ['1 server', `${String(SERVERS)} servers`];
    const request = requestFor('echo', { path: '/bench/mcp' });
    const ratio = await compare([{ name: one, subject: few, request, beside: one }, { name: full, subject: many, request, beside: one }], { ...how, title: 'Growth: servers', note: `With ${full} the gateway was ready after ${readyAfter.toFixed(1)} s.` });
    judge(`a request beside ${full} beside one beside 1`, ratio(full, one), { most: 1.05 });
  });

/** Rules that are about this caller and this call, of which only the last holds. */
const rulesOf = (count: number): readonly object[] => [
  ...Array.from({ length: count - 1 }, (_, at) => ({ name: `rule ${String(at)}`, effect: at % 2 === 0 ? 'deny' : 'allow', what: { server: ['bench'], tool: ['ech*'] }, when: { arguments: { text: { equals: `other ${String(at)}` } } } })),
  { name: 'last', effect: 'allow', who: { role: ['user'] }, what: { server: ['bench'] } },
];

const manyRules = (upstream: Subject, folder: string): Promise<void> =>
  holding(async (add) => {
    const cases: Comparison[] = [];
    for (const count of RULES) cases.push({ name: `${String(count)} rules`, subject: add(await startGateway(upstream, inFolder(folder, `rules-${String(count)}`), { rules: rulesOf(count), permissions: [] })), request: requestFor('echo'), beside: '1 rules' });
    await compare(cases, { ...how, title: 'Growth: rules', note: 'Each rule is about the call and has a condition of its own that is judged and does not hold; the last one allows.' });
  });

const largeBodies = (upstream: Subject, folder: string): Promise<void> =>
  holding(async (add) => {
    const forwarder = add(await start('forwarder', [file('forwarder.ts'), `http://127.0.0.1:${String(upstream.port)}`], { core: 1 }));
    const gateway = add(await startGateway(upstream, inFolder(folder, 'bodies')));
    const cases = BODIES.flatMap((bytes) => {
      const [request, size] = [requestFor('echo', { values: { text: 'Ask for Amara. '.repeat(bytes / 15) } }), `${String(bytes / 1_000)} kB`];
      return [{ name: `forwarder, ${size}`, subject: forwarder }, { name: `gateway, ${size}`, subject: gateway }].map((one) => ({ ...one, request, beside: `forwarder, ${size}` }));
    });
    await compare(cases, { ...how, title: 'Growth: bodies', note: 'The body is one long text; the forwarder does not read it.' });
  });

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const upstream = await start('upstream', [file('upstream.ts')], { core: 0 });
try {
  await manyServers(upstream, folder);
  await manyRules(upstream, folder);
  await largeBodies(upstream, folder);
} finally {
  await stop(upstream);
  rmSync(folder, { recursive: true, force: true });
}
