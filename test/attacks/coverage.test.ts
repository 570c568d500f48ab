import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { NOT_YET, ROWS } from './rows.ts';

/** A row without a test is a wish: each is cited in the name of a test that tries it. */

const root = join(import.meta.dirname, '../..');

/** The names of tests and suites in a text, as far as they stand there in letters. */
const namesIn = (text: string): readonly string[] => [...text.matchAll(/\b(?:test|suite|it|describe)\(\s*(['"`])([^]*?)\1\s*,/g)].map((match) => match[2] ?? '');

const rowsIn = (names: readonly string[]): ReadonlySet<string> => new Set(names.flatMap((name) => name.match(/\b[A-Z]\d{2}\b/g) ?? []));

const files = ['test/attacks/*.test.ts', 'src/**/*.test.ts'].flatMap((pattern) => globSync(pattern, { cwd: root }));
const tried = rowsIn(files.filter((file) => !file.endsWith('coverage.test.ts')).flatMap((file) => namesIn(readFileSync(join(root, file), 'utf8'))));

suite('Every row of the threat list', () => {
  for (const row of ROWS) test(`${row} is tried`, () => assert.ok(tried.has(row)));
  test('has a line in docs/threats.md', () => {
    const told = readFileSync(join(root, 'docs/threats.md'), 'utf8').replaceAll(/\b([A-Z])(\d{2})–\1(\d{2})\b/g, (_range, letter: string, from: string, to: string) =>
      Array.from({ length: Number(to) - Number(from) + 1 }, (_none, at) => `${letter}${String(Number(from) + at).padStart(2, '0')}`).join(' '));
    assert.deepEqual(ROWS.filter((row) => !new RegExp(`^\\|[^|]*\\b${row}\\b`, 'm').test(told)), []);
  });
  test('is either answered for or says why not', () => assert.deepEqual(ROWS.filter((row) => row in NOT_YET), []));
  test('a row that no test names is found by the same check', () => assert.equal(rowsIn(namesIn("test('[K01] x', () => {}); // K99")).has('K99'), false));
});
