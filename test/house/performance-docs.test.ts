import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { withResults } from '../../bench/page.ts';
import { planOf, SCRIPTS } from '../../bench/plan.ts';
import { readResults } from '../../bench/report.ts';
import { root } from './sources.ts';

suite('docs/performance.md', () => {
  test('has the results that are on file; "npm run docs" writes them', () => {
    const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    assert.equal(page, withResults(page, readResults(join(root, 'bench/results.json'))));
    const grown = withResults(page, { machine: 'a machine', date: '2026-11-22', commit: 'abc', tables: [{ title: 'A table', columns: ['what'], rows: [['a row']] }], goals: [{ what: 'a goal', goal: 'at most 1', measured: '2', reached: false }, { what: 'another', goal: 'at least 1', measured: 'not measured', reached: false }] });
    assert.match(grown, /Measured on a machine, 2026-11-22, commit abc[^]*\| a goal \| at most 1 \| 2 \| missed \|\n\| another \| at least 1 \| not measured \| – \|[^]*### A table\n\n\| what \|\n\| --- \|\n\| a row \|[^]*## What was found on the way/);
    assert.equal(withResults(grown, { tables: [], goals: [] }), withResults(page, { tables: [], goals: [] }));
  });
});

suite('What a run of benchmarks is asked for', () => {
  test('is the quick ones, all of them with --full, or those that are named, in their order', () => {
    for (const { name } of SCRIPTS) assert.ok(existsSync(join(root, `bench/${name}.ts`)), name);
    assert.deepEqual(planOf([]), { scripts: ['run', 'reader', 'decide', 'tokens', 'limits'], env: {}, into: 'quick' });
    assert.equal(planOf(['--full']).scripts.length, SCRIPTS.length);
    assert.deepEqual(planOf(['--only', 'limits,run', '--rounds', '2']), { scripts: ['run', 'limits'], env: { BENCH_ROUNDS: '2' }, into: 'part' });
  });

  test('reaches the page only when nothing was left out or shortened', () => {
    assert.equal(planOf(['--full']).into, 'docs');
    assert.equal(planOf(['--full', '--only', 'run']).into, 'part');
    assert.equal(planOf(['--full', '--seconds', '0.3']).into, 'part');
    assert.equal(planOf(['--full'], { PATH: '/bin' }).into, 'docs');
    assert.equal(planOf(['--full'], { BENCH_STREAMS: '100' }).into, 'part');
  });

  test('is refused with the names that there are when it is none of them', () => {
    assert.throws(() => planOf(['--only', 'run,raeder']), /--only raeder: there is no such benchmark; there are run, .*reader/);
    assert.throws(() => planOf(['--fast']), /--fast is not a flag; there are --full, --only/);
    assert.throws(() => planOf(['--only']), /--only wants a value/);
    for (const value of ['0', '-1', 'many']) assert.throws(() => planOf(['--rounds', value]), /give a number above 0/);
  });
});
