import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { AuthorityGateway, Browser, PERSON_KEY } from '../world/authority-gateway.ts';
import { freePort } from '../world/ports.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

const suite = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/conformance/dist/index.js');

test('The official suite finds nothing wrong with the authorization server, nor anything to warn of (mcp-spec.md §4.6, AS-2 to AS-4)', async () => {
  await using folder = await temporaryFolder('conformance');
  const port = await freePort();
  await using gateway = await AuthorityGateway.start({ authority: { clients: { 'conf-public': { redirectUris: [`http://127.0.0.1:${String(port)}/callback`] } } } });
  const child = spawn(process.execPath, [suite, 'authorization', '--url', gateway.origin, '--client-id', 'conf-public', '--port', String(port), '--resource', gateway.resource, '-o', folder.path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const closed = once(child, 'close');
  try {
    const url = await until('the suite says where to sign in', async () => /^(http\S+client_id=\S+)$/m.exec(out)?.[1], { withinMs: 30_000 });
    const browser = new Browser(gateway);
    const back = (await browser.submit(await browser.open(url), { do: 'key', key: PERSON_KEY })).url;
    await until('the suite listens', async () => ((await fetch(back).catch(() => undefined)) === undefined ? undefined : true), { withinMs: 10_000 });
    await closed;
    assert.equal(child.exitCode, 0, out);
    assert.doesNotMatch(out, /FAILURE|WARNING|[1-9]\d* failed/, out);
    assert.match(out, /Total: 3 passed, 0 failed/, out);
  } finally {
    child.kill('SIGKILL');
  }
});
