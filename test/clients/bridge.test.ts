import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { startFilesystemGateway } from './filesystem-gateway.ts';

/** Clients that can start a program and nothing else, as desktop clients do (clients.md, finding 5; R90). */

const gateway = await startFilesystemGateway();
after(() => gateway[Symbol.asyncDispose]());

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const words = (more: readonly string[] = []): string[] => [MAIN, 'bridge', gateway.url, '--key-from', 'env:SALLYPORT_KEY', ...more];
const environment = (key: string): Record<string, string> => ({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', SALLYPORT_KEY: key });

type Listing = { readonly tools: readonly { readonly name: string }[] };
interface Connected extends AsyncDisposable {
  listTools(): Promise<Listing>;
  callTool(params: { readonly name: string; readonly arguments: Record<string, unknown> }): Promise<{ readonly content?: unknown }>;
}

const second = (mode: 'auto' | 'legacy') => async (key: string): Promise<Connected> => {
  const client = new Client({ name: 'sdk-v2', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: words(), env: environment(key), stderr: 'ignore' }));
  return { listTools: () => client.listTools(), callTool: (params) => client.callTool({ ...params }), [Symbol.asyncDispose]: () => client.close() };
};

const first = async (key: string): Promise<Connected> => {
  const client = new FirstClient({ name: 'sdk-v1', version: '1.0.0' });
  await client.connect(new FirstTransport({ command: process.execPath, args: words(), env: environment(key), stderr: 'ignore' }));
  const callTool: Connected['callTool'] = async (params) => ({ content: (await client.callTool({ ...params }))['content'] });
  return { listTools: () => client.listTools(), callTool, [Symbol.asyncDispose]: () => client.close() };
};

for (const [name, connect] of [['SDK v2 in mode auto', second('auto')], ['SDK v2 in mode legacy', second('legacy')], ['SDK v1', first]] as const) {
  suite(`The stdio client of ${name} through the bridge`, () => {
    test('lists and calls tools with the key that the bridge holds', async () => {
      await using client = await connect(gateway.key);
      const { tools } = await client.listTools();
      assert.ok(tools.some((tool) => tool.name === 'read_text_file'));
      const { content } = await client.callTool({ name: 'read_text_file', arguments: { path: gateway.file } });
      assert.deepEqual(content, [{ type: 'text', text: gateway.text }]);
    });

    test('is refused with a key that nobody issued, and is told what to do', async () => {
      await assert.rejects(connect(`${gateway.key}0`), /[Kk]ey/);
    });
  });
}

suite('The bridge', () => {
  const start = (more: readonly string[] = []): RunningProcess => startProcess([process.execPath, ...words(more)], { env: { SALLYPORT_KEY: gateway.key }, hears: true });

  test('writes messages to stdout and nothing else, and ends when stdin does (IO-2)', async () => {
    await using bridge = start();
    bridge.tell(JSON.stringify({ jsonrpc: '2.0', id: 'a', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'by hand', version: '1' } } }));
    await bridge.says(/"id":"a"/);
    bridge.tell(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    bridge.tell('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}');
    await bridge.says(/"id":9007199254740993/);
    bridge.tell('this is no message');
    await bridge.says(/-32700/);
    for (const line of bridge.stdout().trim().split('\n')) assert.equal((JSON.parse(line) as { jsonrpc: string }).jsonrpc, '2.0');
    bridge.signal('SIGTERM');
    assert.equal((await bridge.exited).code, 0);
    assert.ok(!bridge.stdout().includes(gateway.key) && !bridge.stderr().includes(gateway.key));
  });
});
