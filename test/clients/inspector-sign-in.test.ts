import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser as Chromium, Page } from 'playwright-core';
import { AuthorityGateway, Browser, PERSON_KEY } from '../world/authority-gateway.ts';
import { recordsOf } from '../world/authority-records.ts';
import { NO_CHROMIUM, startChromium } from '../world/chromium.ts';
import type { RunningProcess } from '../world/running-process.ts';
import { until } from '../world/until.ts';
import { DocumentSite } from './document-site.ts';
import { InspectorRoom } from './inspector-room.ts';

/**
 * The real Inspector, its page in a real Chromium and its command line: it finds us, makes itself known, has a person sign in, calls, refreshes when its hour
 * is over, and is out once that was ended (issue 5, G18).
 */

const HOUR_MS = 3_600_000;

const stack = new AsyncDisposableStack();
let site: DocumentSite;
let gateway: AuthorityGateway;
before(async () => {
  site = stack.use(await DocumentSite.start());
  gateway = stack.use(await AuthorityGateway.start(site.forGateway));
});
after(() => stack.disposeAsync());

/** What of the gateway was called since, of its authorization server alone. */
const followed = (): (() => readonly unknown[]) => {
  const sofar = new Set(recordsOf(gateway).map(({ id }) => id));
  return () => recordsOf(gateway).filter(({ id, call }) => !sofar.has(id) && String(call).startsWith('oauth/')).map(({ call }) => call);
};

/** Nothing of what it had opens anything, and nothing new comes of it. */
const assertOver = async ({ access, refresh }: { readonly access: string; readonly refresh: string }, clientId: string): Promise<void> => {
  assert.equal((await gateway.call(access)).status, 401);
  const { status, json } = await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: refresh, client_id: clientId });
  assert.deepEqual([status, json['error']], [400, 'invalid_grant']);
};

suite('The page of the Inspector', { skip: NO_CHROMIUM }, () => {
  const owned = new AsyncDisposableStack();
  let [chromium, room, home]: [Chromium | undefined, InspectorRoom | undefined, string] = [undefined, undefined, ''];
  before(async () => {
    room = owned.use(await InspectorRoom.open());
    const starting = startChromium();
    owned.defer(async () => (await starting).close());
    [chromium, home] = await Promise.all([starting, room.page(gateway.resource)]);
  });
  after(() => owned.disposeAsync());

  /** Its page, in a browser that nobody has signed in with, whose person has just switched the connection on. */
  const connecting = async (work: (page: Page, kept: InspectorRoom) => Promise<void>): Promise<void> => {
    assert.ok(chromium !== undefined && room !== undefined);
    const context = await chromium.newContext({ reducedMotion: 'reduce' });
    context.setDefaultTimeout(20_000);
    // It would fetch its fonts; a test asks nobody on the internet.
    await context.route(({ hostname }) => hostname !== '127.0.0.1', (route) => route.abort());
    try {
      const page = await context.newPage();
      await page.goto(home);
      await page.getByRole('switch', { name: 'Connect or disconnect' }).click({ force: true });
      await page.getByText('MCP Inspector (it calls itself so; nobody has checked)').waitFor();
      await work(page, room);
    } finally {
      await context.close();
    }
  };

  const allow = async (page: Page, key: string): Promise<void> => {
    await page.fill('input[name=key]', key);
    await page.getByRole('button', { name: 'Allow and sign in', exact: true }).click();
  };

  /** Calls a tool by its form, and waits for a word of what comes back. */
  const call = async (page: Page, tool: { readonly name: RegExp; readonly id?: string }): Promise<void> => {
    await page.getByRole('button', { name: tool.name }).click();
    if (tool.id !== undefined) await page.getByRole('textbox', { name: 'id' }).fill(tool.id);
    await page.getByRole('button', { name: 'Execute Tool' }).click();
  };

  test('registers, is let in by a person, lists and calls tools, refreshes without asking anybody, and must ask again once that was ended at /account', async () => {
    await connecting(async (page, kept) => {
      await allow(page, PERSON_KEY);
      await page.getByRole('button', { name: 'Disconnect from server' }).waitFor();
      const known = kept.known(gateway.resource);
      assert.equal(known?.kind, 'dcr');
      await page.getByText('Tools', { exact: true }).first().click();
      await call(page, { name: /get_customer/, id: 'cust_789' });
      await page.getByText('Harbour Street Books').first().waitFor();

      const first = kept.tokens();
      const since = followed();
      gateway.sleep(HOUR_MS + 60_000);
      await call(page, { name: /list_customers/ });
      await page.getByText('cust_001').first().waitFor();
      const second = kept.tokens();
      assert.ok(first !== undefined && second !== undefined && first.access !== second.access);
      assert.deepEqual(since(), ['oauth/token'], 'nobody was asked');
      assert.equal((await gateway.call(first.access)).status, 401);
      assert.equal((await gateway.call(second.access)).status, 200);

      const account = await page.context().newPage();
      await account.goto(`${gateway.origin}/account`);
      await account.getByRole('button', { name: 'End its access' }).click();
      await account.getByText('Its access has ended.').waitFor();
      await assertOver(second, known.clientId);
      await call(page, { name: /get_customer/, id: 'cust_789' });
      await page.waitForURL((url) => url.origin === gateway.origin);
    });
  });

  test('gets nothing of a person who is refused, whom our page tells so in plain words, nor of one who does not allow it', async () => {
    await connecting(async (page, kept) => {
      const since = followed();
      await allow(page, `${PERSON_KEY}0`);
      await page.getByText('This key is not accepted here.').waitFor();
      assert.equal(new URL(page.url()).origin, gateway.origin);
      await page.getByRole('button', { name: 'Do not allow' }).click();
      await page.getByText('the person did not allow it').waitFor();
      assert.equal(new URL(page.url()).origin, new URL(home).origin);
      assert.equal(kept.tokens(), undefined);
      assert.ok(!since().includes('oauth/token'), 'there was no code to ask with');
    });
  });
});

suite('The command line of the Inspector', () => {
  const owned = new AsyncDisposableStack();
  after(() => owned.disposeAsync());

  /** Its commands for our server: it listens on whatever port is free, and is the client of a metadata document. */
  const open = async (): Promise<{ readonly room: InspectorRoom; run(...args: readonly string[]): RunningProcess }> => {
    const room = owned.use(await InspectorRoom.open());
    const document = site.publish('https://inspector.example/client.json', { client_name: 'MCP Inspector', redirect_uris: ['http://127.0.0.1/oauth/callback'], token_endpoint_auth_method: 'none' });
    const target = ['--server-url', gateway.resource, '--transport', 'http', '--format', 'json', '--callback-url', 'http://127.0.0.1:0/oauth/callback', '--client-metadata-url', document];
    return { room, run: (...args) => room.command([...target, ...args]) };
  };
  const LIST = ['--method', 'tools/list'];
  const CALL = ['--method', 'tools/call', '--tool-name', 'get_customer', '--tool-arg', 'id=cust_789'];

  /** Opens what it asks its person to open, answers there, and takes the answer back to it. @returns how that ended */
  const person = async (running: RunningProcess, answer: Readonly<Record<string, string>>) => {
    const [, url = ''] = await until('it says where to sign in', async () => /navigate to: (\S+)/.exec(running.stderr()) ?? undefined, { withinMs: 20_000, signal: running.gone });
    const browser = new Browser(gateway);
    const back = await browser.submit(await browser.open(url), answer);
    assert.ok(back.url.startsWith('http://127.0.0.1:') && !back.url.startsWith(gateway.origin), back.text);
    await (await fetch(back.url)).text();
    return running.exited;
  };

  test('comes with its document, is let in by a person, lists and calls tools, refreshes from what it has stored, and is out once that was revoked', async () => {
    const { room, run } = await open();
    await using first = run(...LIST);
    assert.equal((await person(first, { do: 'key', key: PERSON_KEY })).code, 0, first.stderr());
    assert.match(first.stdout(), /"name":"get_customer"/);
    const known = room.known(gateway.resource);
    assert.equal(known?.kind, 'cimd');

    const since = followed();
    gateway.sleep(HOUR_MS + 60_000);
    await using second = run('--stored-auth-only', ...CALL);
    assert.equal((await second.exited).code, 0, second.stderr());
    assert.match(second.stdout(), /Harbour Street Books/);
    assert.deepEqual(since(), ['oauth/token']);

    const tokens = room.tokens();
    assert.ok(tokens !== undefined);
    const forgetting = followed();
    await using third = run('--relogin', ...LIST);
    assert.equal((await person(third, { do: 'deny' })).code, 1, third.stdout());
    assert.match(third.stderr(), /the person did not allow it/);
    assert.equal(room.tokens(), undefined, 'it has forgotten them, and has no others without consent');

    // Version 2.12.0 means to revoke what it forgets (RFC 7009), here and by "Clear OAuth state" in its page, and does not: `takeRevocationSnapshot` looks for
    // the endpoint in `serverMetadata`, while a sign-in keeps what it has discovered in `discoveryState`; so it skips the request as `no_metadata`. What it
    // would send is sent for it. A version that sends it makes the next line fail: then say so in docs/authorization-server.md.
    assert.ok(!forgetting().includes('oauth/revoke'));
    assert.equal((await gateway.call(tokens.access)).status, 200);
    assert.equal((await gateway.post(known.revocation, { token: tokens.refresh, token_type_hint: 'refresh_token', client_id: known.clientId })).status, 200);
    await assertOver(tokens, known.clientId);
  });
});
