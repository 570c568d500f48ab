import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { freePort } from '../world/ports.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** Reloading by SIGHUP: a good file takes effect on the next request, a bad one changes nothing and says why. */

const KEY = 'reload-key-0123456789abcdef';
const main = join(import.meta.dirname, '../../src/main.ts');
const example = join(import.meta.dirname, '../../src/example/crm-server.ts');

const config = (port: number, roles: string): string => `
listen: { port: ${String(port)} }
metrics: { enabled: false }
servers:
  crm:
    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(example)}]
roles: ${roles}
`;

suite('A running gateway reloads its configuration', () => {
  const stack = new AsyncDisposableStack();
  let gateway: RunningProcess;
  let file = '';
  let url = '';
  let port = 0;

  before(async () => {
    const folder = stack.use(await temporaryFolder('reload'));
    port = await freePort();
    url = `http://127.0.0.1:${String(port)}/crm/mcp`;
    file = join(folder.path, 'sallyport.yaml');
    await writeFile(file, config(port, '{ reader: ["crm:get_*"] }'));
    const keys = JSON.stringify({ [KEY]: { name: 'reload', userId: 'alice', role: 'reader', permissions: [] } });
    gateway = stack.use(startProcess([process.execPath, main, 'serve', '-c', file, '--data', join(folder.path, 'data')], { env: { MCP_API_KEYS: keys } }));
    await until('the gateway is ready', async () => ((await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined), { withinMs: 15_000, signal: gateway.gone });
  });
  after(() => stack.disposeAsync());

  const call = async (tool: string): Promise<number> => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: { id: 'cust_789' } } };
    const answer = await fetch(url, { method: 'POST', headers: { 'x-api-key': KEY, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: JSON.stringify(body) });
    await answer.body?.cancel();
    return answer.status;
  };
  const hangUp = (): void => gateway.signal('SIGHUP');

  test('before it, the role may not delete [R15]', async () => assert.equal(await call('delete_customer'), 403));

  test('a bad file keeps the old system and is named with its line', async () => {
    await writeFile(file, config(port, '{ reader: ["not a permission"] }'));
    hangUp();
    await until('the fault is logged', async () => (/sallyport\.yaml:\d+:\d+ {2}roles\.reader\.0/.test(gateway.stderr()) ? true : undefined), { withinMs: 5_000, signal: gateway.gone });
    assert.equal(await call('delete_customer'), 403);
  });

  test('a good file takes effect without a restart, and the child goes on', async () => {
    await writeFile(file, config(port, '{ reader: ["crm:*"] }'));
    hangUp();
    // A legacy call without a session reaches the server now, which asks for one: it is no longer the gateway that refuses.
    await until('the role may delete', async () => ((await call('delete_customer')) === 403 ? undefined : true), { withinMs: 5_000, signal: gateway.gone });
  });

  test('an address that needs a restart is said to need one', async () => {
    await writeFile(file, config(port + 1, '{ reader: ["crm:*"] }'));
    hangUp();
    await until('the warning is logged', async () => (/listen\.port.*next start only/.test(gateway.stderr()) ? true : undefined), { withinMs: 5_000, signal: gateway.gone });
  });
});
