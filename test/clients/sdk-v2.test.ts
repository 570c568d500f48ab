import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { Client, SdkHttpError, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startFilesystemGateway } from './filesystem-gateway.ts';

const gateway = await startFilesystemGateway();
after(() => gateway[Symbol.asyncDispose]());

async function connect(mode: 'auto' | 'legacy', headers: Record<string, string>): Promise<Client & AsyncDisposable> {
  const client = new Client({ name: 'sdk-v2', version: '1.0.0' }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL(gateway.url), { requestInit: { headers } });
  await client.connect(transport);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const isUnauthorized = (error: unknown): boolean => error instanceof SdkHttpError && error.status === 401;

for (const mode of ['auto', 'legacy'] as const) {
  suite(`The client of SDK v2 in mode ${mode}`, () => {
    test('lists and calls tools with a key', async () => {
      await using client = await connect(mode, { 'x-api-key': gateway.key });
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === 'read_text_file'));
      const result = await client.callTool({ name: 'read_text_file', arguments: { path: gateway.file } });
      assert.deepEqual(result.content, [{ type: 'text', text: gateway.text }]);
    });

    test('is refused without a key', async () => {
      await assert.rejects(connect(mode, {}), isUnauthorized);
    });

    test('is refused with a key that nobody issued', async () => {
      await assert.rejects(connect(mode, { 'x-api-key': `${gateway.key}0` }), isUnauthorized);
    });
  });
}
