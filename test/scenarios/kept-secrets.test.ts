import assert from 'node:assert/strict';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CanaryUpstream } from '../world/canary-upstream.ts';
import { freePort } from '../world/ports.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** Secrets that managers keep: asked for at the start and at each reload, and shown nowhere (D8, R30, R38, R87). */

const KEY = 'managed-key-0123456789abcdef';
const main = join(import.meta.dirname, '../../src/main.ts');

suite('A gateway whose secrets are kept by a manager', () => {
  const stack = new AsyncDisposableStack();
  let canary: CanaryUpstream;
  let gateway: RunningProcess;
  let folder = '';
  let file = '';
  let port = 0;

  /** A program that keeps a secret, replaced whole so that nobody runs half of it. */
  const keep = async (name: string, script: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(`${path}.new`, `#!/bin/sh\n${script}\n`);
    await chmod(`${path}.new`, 0o755);
    await rename(`${path}.new`, path);
    return path;
  };

  const config = (): string => `
listen: { port: ${String(port)} }
metrics: { enabled: false }
servers:
  crm:
    url: ${canary.url('crm')}
    headers: { Authorization: ${JSON.stringify(`exec:${join(folder, 'upstream-token')} crm`)} }
`;

  const call = async (): Promise<{ readonly status: number; readonly sent: string | undefined }> => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing', arguments: {}, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } };
    const headers = { 'x-api-key': KEY, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'get_thing' };
    const answer = await fetch(`http://127.0.0.1:${String(port)}/mcp`, { method: 'POST', headers, body: JSON.stringify(body) });
    await answer.body?.cancel();
    const lines = canary.requests.at(-1)?.headers ?? [];
    return { status: answer.status, sent: lines[lines.findIndex((name) => name.toLowerCase() === 'authorization') + 1] };
  };

  before(async () => {
    folder = stack.use(await temporaryFolder('managed')).path;
    canary = stack.use(await CanaryUpstream.start());
    port = await freePort();
    file = join(folder, 'sallyport.yaml');
    await keep('upstream-token', 'test "$1" = crm && echo "Bearer first-upstream-secret"');
    const keys = JSON.stringify({ [KEY]: { name: 'managed', userId: 'alice', role: 'user', permissions: ['crm:*'] } });
    const keeper = await keep('keys', `cat <<'END'\n${keys}\nEND`);
    await writeFile(file, config());
    gateway = stack.use(startProcess([process.execPath, main, 'serve', '-c', file, '--data', join(folder, 'data')], { env: { MCP_API_KEYS: `exec:${keeper}` } }));
    await until('the gateway is ready', async () => ((await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined), { withinMs: 15_000, signal: gateway.gone });
  });
  after(() => stack.disposeAsync());

  test('takes its keys from one, and sends the upstream what another keeps', async () => assert.deepEqual(await call(), { status: 200, sent: 'Bearer first-upstream-secret' }));

  test('goes on with the old secret when a reload finds the manager broken, and says why', async () => {
    await keep('upstream-token', 'echo "sealed" >&2; exit 2');
    gateway.signal('SIGHUP');
    await until('the fault is logged', async () => (/servers\.crm\.headers\.Authorization: .*upstream-token ended with code 2 \(sealed\)/.test(gateway.stderr()) ? true : undefined), { withinMs: 10_000, signal: gateway.gone });
    assert.deepEqual(await call(), { status: 200, sent: 'Bearer first-upstream-secret' });
  });

  test('sends the new secret after a reload: rotated without a restart', async () => {
    await keep('upstream-token', 'echo "Bearer second-upstream-secret"');
    gateway.signal('SIGHUP');
    await until('the new secret is sent', async () => ((await call()).sent === 'Bearer second-upstream-secret' ? true : undefined), { withinMs: 10_000, signal: gateway.gone });
  });

  test('shows no secret in its log', () => assert.doesNotMatch(gateway.stderr() + gateway.stdout(), /upstream-secret|managed-key/));

  test('does not start without them, and "sallyport check" says the same beforehand', async () => {
    await keep('upstream-token', 'exit 4');
    for (const words of [['check', file], ['serve', '-c', file, '--data', join(folder, 'other')]]) {
      await using command = startProcess([process.execPath, main, ...words]);
      assert.deepEqual(await command.exited, { code: 6, signal: null });
      assert.match(command.stderr(), /servers\.crm\.headers\.Authorization: .*upstream-token ended with code 4: try it in a shell/);
    }
  });
});
