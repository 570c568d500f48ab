import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { z } from 'zod';
import { startProcess } from '../world/running-process.ts';
import { startFilesystemGateway } from './filesystem-gateway.ts';

const gateway = await startFilesystemGateway();
after(() => gateway[Symbol.asyncDispose]());

const inspector = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** One run of the command line, which neither reads nor writes the settings of whoever runs the tests. */
async function inspect(headers: readonly string[], request: readonly string[]): Promise<Outcome> {
  const env = { HOME: gateway.home, MCP_CATALOG_PATH: join(gateway.home, 'mcp.json') };
  const target = ['--server-url', gateway.url, '--transport', 'http', ...headers.flatMap((header) => ['--header', header])];
  // Without `--stored-auth-only` a refusal would make it open a browser to log in.
  const manner = ['--stored-auth-only', '--format', 'json'];
  await using running = startProcess([process.execPath, inspector, '--cli', ...target, ...manner, ...request], { env });
  const { code } = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

const listTools = ['--method', 'tools/list'];
const callTool = ['--method', 'tools/call', '--tool-name', 'read_text_file', '--tool-arg', `path=${gateway.file}`];
const withKey = [`x-api-key: ${gateway.key}`];

const printed = z.object({ result: z.unknown() });

suite('The command line of the Inspector', () => {
  test('lists tools with a key', async () => {
    const { code, stdout, stderr } = await inspect(withKey, listTools);
    assert.equal(code, 0, stderr);
    const { result } = printed.parse(JSON.parse(stdout));
    const { tools } = z.object({ tools: z.array(z.object({ name: z.string() })) }).parse(result);
    assert.ok(tools.some(({ name }) => name === 'read_text_file'));
  });

  test('calls a tool with a key', async () => {
    const { code, stdout, stderr } = await inspect(withKey, callTool);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(gateway.text), stdout);
  });

  test('is refused without a key', async () => {
    const { code, stdout, stderr } = await inspect([], listTools);
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /401|auth_required/i);
  });

  test('is refused with a key that nobody issued', async () => {
    const { code, stdout } = await inspect([`x-api-key: ${gateway.key}0`], callTool);
    assert.notEqual(code, 0);
    assert.ok(!stdout.includes(gateway.text));
  });
});
