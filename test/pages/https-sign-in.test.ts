import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { PERSON_KEY, pkce } from '../world/authority-gateway.ts';
import { complaintsIn, NO_CHROMIUM, startChromium } from '../world/chromium.ts';
import { crmServer, main } from '../world/oauth-gateway.ts';
import { freePort } from '../world/ports.ts';
import { startProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** The authorization server as people meet it on a network: by https, where cookies are for this host alone. */

const tls = join(import.meta.dirname, '../fixtures/tls');

suite('A browser that signs in by https', { skip: NO_CHROMIUM }, () => {
  const owned = new AsyncDisposableStack();
  let browser: Browser;
  let client: Server;
  let [origin, callback] = ['', ''];
  before(async () => {
    const folder = owned.use(await temporaryFolder('https'));
    const [port, plain] = [await freePort(), await freePort()];
    origin = `https://localhost:${String(port)}`;
    const config = {
      publicUrl: origin,
      listen: { port, host: '127.0.0.1', accept: ['oauth'], tls: { cert: join(tls, 'server.crt'), key: join(tls, 'server.key') } },
      listeners: [{ port: plain, accept: ['api-key'] }],
      metrics: { enabled: false }, authority: { enabled: true }, servers: { crm: { command: [process.execPath, crmServer] } },
    };
    const file = join(folder.path, 'sallyport.yaml');
    writeFileSync(file, JSON.stringify(config));
    const keys = JSON.stringify({ [PERSON_KEY]: { name: 'laptop', userId: 'alice', permissions: ['crm:get_*'] } });
    const running = owned.use(startProcess([process.execPath, main, 'serve', '-c', file, '--data', join(folder.path, 'data'), '--quiet'], { env: { MCP_API_KEYS: keys } }));
    await until('the gateway is ready', async () => ((await fetch(`http://127.0.0.1:${String(plain)}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined), { withinMs: 20_000, signal: running.gone });
    client = createServer((_request, response) => void response.end('You can close this window.')).listen(0, '127.0.0.1');
    await once(client, 'listening');
    const address = client.address();
    callback = `http://127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}/callback`;
    browser = await startChromium();
  });
  after(async () => {
    await browser.close();
    client.closeAllConnections();
    client.close();
    await owned.disposeAsync();
  });

  const register = async (context: BrowserContext): Promise<string> => {
    const answer = await context.request.post(`${origin}/oauth/register`, { data: { client_name: 'https client', redirect_uris: [callback] } });
    const { client_id: id } = (await answer.json()) as { readonly client_id: string }; // what a registration answers
    return id;
  };

  test('keeps a cookie that no other host can set and no script can read, comes back with a code, and is known the next time (ASVS 3.3, E06)', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const complaints = complaintsIn(context, origin);
    const page = await context.newPage();
    const question = `${origin}/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: await register(context), redirect_uri: callback, state: 's', code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: `${origin}/mcp` }).toString()}`;
    await page.goto(question);
    assert.deepEqual((await context.cookies()).filter(({ name }) => name.startsWith('__Host-')), [], 'nobody is anybody before they have signed in');
    await page.fill('input[name=key]', PERSON_KEY);
    await page.getByRole('button', { name: 'Allow and sign in', exact: true }).click();
    await page.waitForURL(`${callback}?**`);
    const back = new URL(page.url());
    assert.deepEqual([back.searchParams.get('iss'), back.searchParams.get('state'), back.searchParams.has('code')], [origin, 's', true]);
    const kept = await context.cookies(origin);
    assert.deepEqual(kept.filter(({ name }) => name === '__Host-sallyport').map(({ secure, httpOnly, sameSite, path }) => ({ secure, httpOnly, sameSite, path })), [{ secure: true, httpOnly: true, sameSite: 'Lax', path: '/' }]);
    assert.ok(kept.every(({ secure, httpOnly }) => secure && httpOnly));
    await page.goto(question);
    assert.match(await page.textContent('main') ?? '', /You are signed in as alice/);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.waitForURL(`${callback}?**`);
    await page.goto(`${origin}/account`);
    assert.match(await page.textContent('main') ?? '', /https client/);
    await page.getByRole('button', { name: 'End its access' }).click();
    assert.match(await page.textContent('main') ?? '', /Its access has ended/);
    await page.getByRole('button', { name: 'Sign out of every browser' }).click();
    assert.match(await page.textContent('main') ?? '', /Sign in to see/);
    assert.deepEqual((await context.cookies(origin)).filter(({ name }) => name === '__Host-sallyport'), []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
