import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import type { Issued } from '../world/test-pki.ts';
import { TlsGateway } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';
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

suite('The bridge to a gateway that wants certificates (R20, R90)', () => {
  const roles = { certificates: { everyone: ['reader'] }, roles: { reader: ['crm:get_*'] } };
  const start = async (tls: Record<string, boolean> = {}): Promise<TlsGateway> => {
    const tlsGateway = await TlsGateway.start({ tls: { ca: 'clients.crt', ...tls }, accept: ['mtls'], more: roles });
    writeFileSync(tlsGateway.path('ca.pem'), tlsGateway.servers.cert);
    return tlsGateway;
  };
  const hand = (to: TlsGateway, { cert, key }: Issued): void => {
    writeFileSync(to.path('client.key'), key, { mode: 0o600 });
    writeFileSync(to.path('client.crt'), cert);
  };
  const open = async (to: TlsGateway, shown: readonly string[]): Promise<Client & AsyncDisposable> => {
    const client = new Client({ name: 'desktop', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, 'bridge', `${to.origin}/mcp`, '--ca', to.path('ca.pem'), ...shown], env: environment(''), stderr: 'ignore' }));
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
  };
  const both = (to: TlsGateway): readonly string[] => ['--cert', to.path('client.crt'), '--key', to.path('client.key')];

  test('is whom its certificate names, and shows a renewed one without a restart', async () => {
    await using to = await start();
    hand(to, to.clients.issue({ subject: [['CN', 'desktop-1']] }));
    await using client = await open(to, both(to));
    assert.ok((await client.callTool({ name: 'get_customer', arguments: { id: 'cust_789' } })).content);
    await to.record('a call by the first', ({ who, call }) => who === 'desktop-1' && call === 'tools/call');
    hand(to, to.clients.issue({ subject: [['CN', 'desktop-2']] }));
    await until('the renewed one is shown', async () => {
      await client.callTool({ name: 'get_customer', arguments: { id: 'cust_789' } });
      return to.records().some(({ who }) => who === 'desktop-2') ? true : undefined;
    }, { withinMs: 20_000 });
  });

  test('says in words that it has none to show, whether the handshake refuses it or the answer does', async () => {
    for (const rejectUnauthorized of [true, false]) {
      await using to = await start({ rejectUnauthorized });
      await assert.rejects(open(to, []), /--cert and --key/);
    }
  });

  test('says that nobody vouches for the gateway, and has sent nothing', async () => {
    await using to = await start();
    hand(to, to.clients.issue());
    writeFileSync(to.path('ca.pem'), to.clients.cert);
    await assert.rejects(open(to, both(to)), /--ca/);
    assert.equal(to.records().filter(({ call }) => call !== 'tls/handshake').length, 0);
  });
});
