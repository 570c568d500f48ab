import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '../../src/admin/operations/list.ts';
import { runCli } from '../../src/cli/cli.ts';

/** What `sallyport GROUP --help` prints. */
const helpOf = async (group: string): Promise<string> => {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  await runCli([group, '--help'], { stdout: stream, stderr: stream, env: {} });
  return text;
};

for (const { name } of operations) {
  test(`the operation "${name}" is a command`, async () => {
    const [group = '', verb = ''] = name.split(' ');
    assert.match(await helpOf(group), new RegExp(`^ {2}${verb} `, 'm'));
  });
}

test('a command that is no operation is not found by the same check', async () => assert.doesNotMatch(await helpOf('keys'), /^ {2}forge /m));
