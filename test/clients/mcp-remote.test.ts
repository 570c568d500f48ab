import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { startFilesystemGateway } from './filesystem-gateway.ts';

const gateway = await startFilesystemGateway();
after(() => gateway[Symbol.asyncDispose]());

const mcpRemote = join(import.meta.dirname, '../../node_modules/mcp-remote/dist/proxy.js');

type Connection = AsyncDisposable & { readonly client: Client; readonly connected: Promise<void>; log(): string };

/** What a desktop client does: it runs mcp-remote as if that were the server. */
function connect(headers: readonly string[]): Connection {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [mcpRemote, gateway.url, '--allow-http', '--transport', 'http-only', ...headers.flatMap((header) => ['--header', header])],
    // No PATH: a browser that nobody can find cannot be opened, should it try after all.
    env: { HOME: gateway.home, MCP_REMOTE_CONFIG_DIR: join(gateway.home, 'mcp-remote'), PATH: '' },
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const client = new Client({ name: 'desktop', version: '1.0.0' });
  return { client, connected: client.connect(transport), log: () => log, [Symbol.asyncDispose]: () => client.close() };
}

suite('mcp-remote', () => {
  test('lists and calls tools with a key', async () => {
    await using connection = connect([`x-api-key:${gateway.key}`]);
    await connection.connected;
    const { tools } = await connection.client.listTools();
    assert.ok(tools.some(({ name }) => name === 'read_text_file'));
    const result = await connection.client.callTool({ name: 'read_text_file', arguments: { path: gateway.file } });
    assert.deepEqual(result.content, [{ type: 'text', text: gateway.text }]);
  });

  test('is refused without a key, and sends nobody to a browser', async () => {
    await using connection = connect([]);
    await assert.rejects(connection.connected);
    assert.match(connection.log(), /401|unauthorized/i);
    assert.doesNotMatch(connection.log(), /authorize this client by visiting/i);
  });

  test('is refused with a key that nobody issued, and sends nobody to a browser', async () => {
    await using connection = connect([`x-api-key:${gateway.key}0`]);
    await assert.rejects(connection.connected);
    assert.match(connection.log(), /401|unauthorized/i);
    assert.doesNotMatch(connection.log(), /authorize this client by visiting/i);
  });
});
