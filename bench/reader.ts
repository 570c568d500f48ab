import { parseStrict } from '../src/stages/understand/strict-json.ts';
import { median } from './cases.ts';
import { judge, report } from './report.ts';

/** `node bench/reader.ts`: what reading a body strictly costs, beside JSON.parse of the same bytes in the same run. */

/** A call whose arguments are records of usual kinds: short texts, numbers, a flag, a list. */
const bodyOf = (bytes: number): Buffer => {
  const records: object[] = [];
  const text = (): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'import', arguments: { records } } });
  while (Buffer.byteLength(text()) < bytes) records.push({ id: `cust_${String(records.length)}`, name: 'Fernhill Logistics', note: 'Ask for Amara; deliveries before noon.', amount: 1234.5 + records.length, active: records.length % 3 === 0, tags: ['a', 'b'] });
  return Buffer.from(text());
};

/** µs of CPU a call takes, the median of rounds that go by turns. */
const cost = (work: () => unknown, times: number): number => {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
};

const rows: string[][] = [];
for (const bytes of [300, 1_000, 10_000, 100_000]) {
  const body = bodyOf(bytes);
  const times = Math.max(20, Math.floor(20_000_000 / body.length));
  const strict = (): unknown => parseStrict(body);
  const plain = (): unknown => JSON.parse(body.toString('utf8')) as unknown; // what is compared with
  for (let warm = 0; warm < 3; warm += 1) for (const work of [strict, plain]) cost(work, times);
  const [ours, theirs, ratios]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 9; round += 1) {
    ours.push(cost(strict, times));
    theirs.push(cost(plain, times));
    ratios.push((ours.at(-1) ?? 0) / (theirs.at(-1) ?? 1));
  }
  rows.push([String(body.length), median(ours).toFixed(1), ((median(ours) * 1000) / body.length).toFixed(2), median(theirs).toFixed(1), median(ratios).toFixed(2)]);
  if (bytes === 1_000 || bytes === 100_000) judge(`strict reader beside JSON.parse, ${String(bytes / 1_000)} kB`, median(ratios), { most: 1.5 });
}
report({ title: 'The strict reader beside JSON.parse', columns: ['bytes', 'strict µs', 'ns a byte', 'JSON.parse µs', 'ratio'], rows, note: 'CPU, in one process, nine rounds by turns.' });
