import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { startFilesystemGateway } from './filesystem-gateway.ts';

const gateway = await startFilesystemGateway();
after(() => gateway[Symbol.asyncDispose]());

async function connect(headers: Record<string, string>): Promise<Client & AsyncDisposable> {
  const client = new Client({ name: 'sdk-v1', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(gateway.url), { requestInit: { headers } });
  // SDK v1 declares `sessionId?: string` in one place and `string | undefined` in the other, which is one type to it.
  await client.connect(transport as Transport);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const isUnauthorized = (error: unknown): boolean => error instanceof StreamableHTTPError && error.code === 401;

suite('The client of SDK v1', () => {
  test('lists and calls tools with a key', async () => {
    await using client = await connect({ 'x-api-key': gateway.key });
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === 'read_text_file'));
    const result = await client.callTool({ name: 'read_text_file', arguments: { path: gateway.file } });
    assert.deepEqual(result.content, [{ type: 'text', text: gateway.text }]);
  });

  test('is refused without a key', async () => {
    await assert.rejects(connect({}), isUnauthorized);
  });

  test('is refused with a key that nobody issued', async () => {
    await assert.rejects(connect({ 'x-api-key': `${gateway.key}0` }), isUnauthorized);
  });
});
