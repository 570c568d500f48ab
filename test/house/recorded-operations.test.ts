import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { shapeOf, type AnyOperation } from '../../src/admin/http/http-shape.ts';
import { isTest, root, sourceOf, sourcesOf, type Source } from './sources.ts';

/** What is done at the terminal is on record (R70, R75): a command runs an operation that changes something through `runRecorded` alone. */

const IMPORT = /import \{ (\w+)[^}]*\} from '([^']*\/admin\/operations\/[\w-]+\.ts)'/g;

/** The operations that a file runs by itself, by the names it imports them under. */
const runDirectly = ({ path, code: text }: Source): readonly { readonly name: string; readonly file: string }[] =>
  [...text.matchAll(IMPORT)].flatMap(([, name = '', from = '']) => (new RegExp(`\\b${name}\\.run\\(`).test(text) ? [{ name, file: join(root, path, '..', from) }] : []));

const changes = async ({ name, file }: { readonly name: string; readonly file: string }): Promise<boolean> => {
  const module: Readonly<Record<string, unknown>> = await import(file);
  return shapeOf(module[name] as AnyOperation).method !== 'GET'; // what these files export under such names
};

const unrecorded = async (source: Source): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const one of runDirectly(source)) if (await changes(one)) found.push(`${source.path} runs ${one.name} without a record`);
  return found;
};

suite('A command', () => {
  test('runs what changes something on record, and only what looks by itself', async () => {
    const faults: string[] = [];
    for (const source of sourcesOf(['src/cli']).filter(({ path }) => !isTest(path))) faults.push(...(await unrecorded(source)));
    assert.deepEqual(faults, []);
  });

  test('that does not is found', async () => {
    const command = (name: string, file: string): Source => sourceOf('src/cli/x.ts', `import { ${name} } from '../admin/operations/${file}.ts';\nawait ${name}.run(asked, needs, by);\n`);
    assert.deepEqual(await unrecorded(command('revokeKey', 'revoke-key')), ['src/cli/x.ts runs revokeKey without a record']);
    assert.deepEqual(await unrecorded(command('showKey', 'show-key')), []);
  });
});
