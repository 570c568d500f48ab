import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { AuthorityGateway, Browser, pkce, REDIRECT } from '../world/authority-gateway.ts';
import { browse } from '../world/login-provider.ts';
import { main } from '../world/oauth-gateway.ts';
import { freePort } from '../world/ports.ts';
import { startProcess } from '../world/running-process.ts';
import { comeBack, SIGN_IN_CLIENTS, SignInProvider } from '../world/sign-in-provider.ts';

/** Whoever is gone at the company's provider (oidc-provider, a program of its own) is gone here; a provider that is down logs nobody out (R44, T05). */

const program = join(import.meta.dirname, '../fixtures/staff-issuer/staff-issuer.ts');
const ALICE = { sub: 'u-17', name: 'Alice', email: 'alice@company.com', email_verified: true };
const QUARTER_MS = 15 * 60_000;

const world = async () => {
  await using owned = new AsyncDisposableStack();
  const port = await freePort();
  const callback = `http://127.0.0.1:${String(port)}/auth/oauth/company/callback`;
  const idp = owned.use(startProcess([process.execPath, program, callback, JSON.stringify(ALICE)], { hears: true }));
  const [, issuer = ''] = await idp.says(/^issuer (\S+)$/m);
  const gateway = owned.use(await AuthorityGateway.start({
    fetch: { allow: [new URL(issuer).host] },
    roles: { reader: ['crm:get_*'] },
    signIn: { company: { kind: 'oidc', issuer, clientId: 'sallyport', clientSecret: 'env:STAFF_SECRET', allow: { emailDomains: ['company.com'] }, emailDomains: ['company.com'], everyone: ['reader'] } },
    env: { STAFF_SECRET: 'staff-secret-0123456789' },
  }, port));
  const clientId = String((await gateway.register()).json['client_id']);
  const tell = async (line: string): Promise<void> => {
    idp.tell(line);
    await idp.says(new RegExp(`^done ${line}$`, 'm'));
  };
  const sallyport = async (...words: readonly string[]): Promise<string> => {
    await using running = startProcess([process.execPath, main, ...words, '--data', gateway.dataFolder]);
    await running.exited;
    return running.stdout();
  };
  const given = (): readonly string[] => [...idp.stdout().matchAll(/^gave (\S+)$/gm)].map(([, token = '']) => token);
  const stack = owned.move();
  return { gateway, given, callback, clientId, tell, sallyport, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};

/** A client of Alice's, all the way through the provider's pages. */
const signIn = async ({ gateway, callback, clientId }: Awaited<ReturnType<typeof world>>) => {
  const [browser, pair] = [new Browser(gateway), pkce()];
  const page = await browser.open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 's', code_challenge: pair.challenge, code_challenge_method: 'S256', resource: gateway.resource }).toString()}`);
  const there = /url=(\S+)$/.exec((await browser.submit(page, { do: 'idp:company' })).headers.get('refresh') ?? '')?.[1] ?? '';
  const back = new URL((await browser.open(`${callback}?${(await browse(new URL(there), callback)).toString()}`)).url);
  const tokens = await gateway.post('/oauth/token', { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT, client_id: clientId, code_verifier: pair.verifier });
  let [access, refresh] = [String(tokens.json['access_token']), String(tokens.json['refresh_token'])];
  return {
    opens: async () => (await gateway.call(access)).status,
    isKnown: async () => (await browser.open('/account')).text.includes('Sign out here'),
    async refreshes() {
      const { status, json } = await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: refresh, client_id: clientId });
      if (status === 200) [access, refresh] = [String(json['access_token']), String(json['refresh_token'])];
      return status;
    },
  };
};

/** A key goes as a bearer, too. */
const withKey = async (gateway: AuthorityGateway, key: string): Promise<number> => (await gateway.call(key)).status;

suite('Somebody whom their provider refuses', () => {
  test('has nothing here from the next refresh on: tokens, browser and keys; and all of it again once the provider lets them sign in', async () => {
    await using there = await world();
    const { gateway, tell, sallyport } = there;
    const alice = await signIn(there);
    const key = (await sallyport('keys', 'create', '--owner', 'alice@company.com', '--allow', 'crm:get_*')).trim();
    gateway.sleep(QUARTER_MS);
    assert.deepEqual([await alice.refreshes(), await alice.opens(), await alice.isKnown(), await withKey(gateway, key)], [200, 200, true, 200]);

    await tell('revoke');
    assert.deepEqual([await alice.refreshes(), await alice.opens()], [200, 200], 'control: it was asked a moment ago');
    gateway.sleep(QUARTER_MS);
    assert.deepEqual([await alice.refreshes(), await alice.opens(), await alice.isKnown(), await withKey(gateway, key)], [400, 401, false, 401]);
    assert.match(await sallyport('people', 'show', 'alice@company.com'), /disabled as alice@company\.com by issuer:company at .*: the identity provider ended it/);
    const records = (await sallyport('audit', '--limit', '20', '--json')).split('\n').filter((line) => line.includes('provider/check'));
    assert.equal(records.length, 1);
    assert.match(records[0] ?? '', /"who":"issuer:company".*"target":"alice@company\.com".*"changed":\{"count":2.*the identity provider ended it: it said invalid_grant/);

    const again = await signIn(there);
    assert.deepEqual([await again.opens(), await withKey(gateway, key), await alice.opens(), await alice.refreshes()], [200, 200, 401, 400]);
  });

  test('is not let in again where an operator has disabled them too', async () => {
    await using there = await world();
    const { gateway, tell, sallyport } = there;
    const alice = await signIn(there);
    await tell('revoke');
    gateway.sleep(QUARTER_MS);
    assert.equal(await alice.refreshes(), 400);
    assert.match(await sallyport('people', 'disable', 'alice@company.com', '--reason', 'left'), /disabled/);
    await assert.rejects(signIn(there).then(async (again) => assert.equal(await again.opens(), 200)));
  });
});

suite('Somebody who has left the organisation at GitHub that let them in', () => {
  test('has nothing here from the next refresh on, and less where it was a team that gave a role', async () => {
    await using github = await SignInProvider.start('github');
    await using gateway = await AuthorityGateway.start({
      fetch: { allow: [`127.0.0.1:${String(github.port)}`] },
      roles: { reader: ['crm:get_*'], editor: ['crm:*'] },
      signIn: { github: { kind: 'github', url: github.origin, clientId: SIGN_IN_CLIENTS.github.id, clientSecret: 'env:SECRET', allow: { groups: ['acme'] }, roles: { acme: ['reader'], 'acme/platform': ['editor'] } } },
      env: { SECRET: SIGN_IN_CLIENTS.github.secret },
    });
    await github.tell({ expiring: true });
    const clientId = String((await gateway.register()).json['client_id']);
    const [browser, pair] = [new Browser(gateway), pkce()];
    const page = await browser.open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 's', code_challenge: pair.challenge, code_challenge_method: 'S256', resource: gateway.resource }).toString()}`);
    const there = /url=(\S+)$/.exec((await browser.submit(page, { do: 'idp:github' })).headers.get('refresh') ?? '')?.[1] ?? '';
    const back = new URL((await browser.open((await comeBack(new URL(there))).href)).url);
    let tokens = (await gateway.post('/oauth/token', { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT, client_id: clientId, code_verifier: pair.verifier })).json;
    const refresh = async (): Promise<number> => {
      gateway.sleep(QUARTER_MS);
      const { status, json } = await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']), client_id: clientId });
      if (status === 200) tokens = json;
      return status;
    };
    const opens = async (tool: string): Promise<number> => (await gateway.call(String(tokens['access_token']), tool)).status;
    assert.deepEqual([await refresh(), await opens('get_customer'), await opens('delete_customer')], [200, 200, 200]);
    await github.tell({ teams: [] });
    assert.deepEqual([await refresh(), await opens('get_customer'), await opens('delete_customer')], [200, 200, 403]);
    await github.tell({ organisations: [] });
    assert.deepEqual([await refresh(), await opens('get_customer')], [400, 401]);
  });
});

suite('A provider that is down', () => {
  test('logs nobody out: refreshing goes on, the record says so once, and it is asked again when it is up', async () => {
    await using there = await world();
    const { gateway, tell, sallyport } = there;
    const alice = await signIn(there);
    await tell('down');
    for (let round = 0; round < 3; round += 1) {
      gateway.sleep(QUARTER_MS);
      assert.deepEqual([await alice.refreshes(), await alice.opens(), await alice.isKnown()], [200, 200, true]);
    }
    const records = (await sallyport('audit', '--limit', '40', '--json')).split('\n').filter((line) => line.includes('provider/check'));
    assert.equal(records.length, 1);
    assert.match(records[0] ?? '', /"decision":"error".*"code":"idp\.unreachable"/);
    await tell('up');
    await tell('revoke');
    gateway.sleep(QUARTER_MS);
    assert.deepEqual([await alice.refreshes(), await alice.opens()], [400, 401]);
  });
});

test('What the provider gave to ask by is nowhere in the clear: neither in what is stored nor in the log or the trail', async () => {
  await using there = await world();
  const alice = await signIn(there);
  there.gateway.sleep(QUARTER_MS);
  assert.equal(await alice.refreshes(), 200);
  const tokens = there.given();
  assert.equal(tokens.length, 2, 'it rotates');
  const files = readdirSync(there.gateway.dataFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  for (const token of tokens) for (const text of [...files, there.gateway.process.stderr(), there.gateway.process.stdout()]) assert.ok(!text.includes(token));
});
