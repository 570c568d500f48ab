import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { UnauthorizedError as UnauthorizedErrorV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import * as oauth4webapi from 'oauth4webapi';
import * as openid from 'openid-client';
import { AuthorityGateway, Browser, PERSON_KEY } from '../world/authority-gateway.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';
import { MemoryOAuth, REDIRECT } from './oauth-client.ts';

/** Real clients, told nothing but the address: register, sign in with a key, call, refresh, revoke (issue 5, G18). */

let gateway: AuthorityGateway;
before(async () => {
  gateway = await AuthorityGateway.start();
});
after(() => gateway[Symbol.asyncDispose]());

const CALL = { name: 'get_customer', arguments: { id: 'cust_001' } };

/** What a person does in a browser; it gives where the browser ended. */
const person = async (url: URL | string): Promise<URL> => {
  const browser = new Browser(gateway);
  const page = await browser.open(String(url));
  return new URL((await browser.submit(page, { do: 'key', key: PERSON_KEY })).url);
};

/** What a client keeps of itself, and of its tokens. */
type Kept = { readonly client_id?: string; readonly refresh_token?: string };

/** What an application sends to leave: neither SDK has a function for it (v1 1.32.2, v2 2.4.0), nor does mcp-remote 0.15.1 ever send it (RFC 7009 §2.1). */
const revoke = async (client: Kept, tokens: Kept): Promise<void> => {
  const [clientId, token] = [client.client_id ?? '', tokens.refresh_token ?? ''];
  assert.equal((await gateway.post('/oauth/revoke', { token, client_id: clientId })).status, 200);
};

/** Spoils the access token that a client keeps, as its time does. */
const spoil = (oauth: MemoryOAuth): void => oauth.saveTokens({ ...((oauth.tokens() ?? {}) as object), access_token: 'over' });

test('The client of SDK v2 registers, signs in, calls, refreshes without asking anybody, and gets nothing more once it has revoked that', async () => {
  const oauth = new MemoryOAuth();
  const connect = () => {
    const [client, transport] = [new Client({ name: 'sdk-v2', version: '1.0.0' }), new StreamableHTTPClientTransport(new URL(gateway.resource), { authProvider: oauth })];
    return { client, transport, connected: client.connect(transport) };
  };
  const first = connect();
  await assert.rejects(first.connected, UnauthorizedError);
  assert.ok(oauth.sentTo);
  await first.transport.finishAuth((await person(oauth.sentTo)).searchParams);
  const second = connect();
  await second.connected;
  assert.notEqual((await second.client.callTool(CALL)).isError, true);
  await second.client.close();
  oauth.sentTo = undefined;
  spoil(oauth);
  const third = connect();
  await third.connected;
  assert.notEqual((await third.client.callTool(CALL)).isError, true);
  assert.equal(oauth.sentTo, undefined, 'the refresh token did');
  await revoke(oauth.clientInformation() ?? {}, oauth.tokens() ?? {});
  await assert.rejects(third.client.callTool(CALL), /no longer good/);
  await third.client.close();
});

test('The client of SDK v1 registers, signs in, calls, refreshes without asking anybody, and gets nothing more once it has revoked that', async () => {
  const oauth = new MemoryOAuth();
  const connect = () => {
    const [client, transport] = [new ClientV1({ name: 'sdk-v1', version: '1.0.0' }), new TransportV1(new URL(gateway.resource), { authProvider: oauth })];
    // SDK v1 declares `sessionId?: string` in one place and `string | undefined` in the other, which is one type to it.
    return { client, transport, connected: client.connect(transport as Transport) };
  };
  const first = connect();
  await assert.rejects(first.connected, UnauthorizedErrorV1);
  assert.ok(oauth.sentTo);
  await first.transport.finishAuth((await person(oauth.sentTo)).searchParams.get('code') ?? '');
  const second = connect();
  await second.connected;
  assert.notEqual((await second.client.callTool(CALL)).isError, true);
  await second.client.close();
  oauth.sentTo = undefined;
  spoil(oauth);
  const third = connect();
  await third.connected;
  assert.equal(oauth.sentTo, undefined, 'the refresh token did');
  await revoke(oauth.clientInformation() ?? {}, oauth.tokens() ?? {});
  await assert.rejects(third.client.callTool(CALL), /no longer good/);
  await third.client.close();
});

suite('mcp-remote', () => {
  test('registers, prints where to sign in, calls tools for a desktop client, refreshes, and must ask again once that was revoked', async () => {
    await using folder = await temporaryFolder('mcp-remote');
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [join(import.meta.dirname, '../../node_modules/mcp-remote/dist/proxy.js'), gateway.resource, '--allow-http', '--transport', 'http-only', '--host', '127.0.0.1'],
      // No PATH: a browser that nobody can find cannot be opened.
      env: { HOME: folder.path, MCP_REMOTE_CONFIG_DIR: folder.path, PATH: '' },
      stderr: 'pipe',
    });
    let log = '';
    transport.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    const client = new Client({ name: 'desktop', version: '1.0.0' });
    const connected = client.connect(transport);
    try {
      const url = await until('mcp-remote says where to sign in', async () => /http:\/\/127\.0\.0\.1:\d+\/oauth\/authorize\?\S+/.exec(log)?.[0], { withinMs: 20_000 });
      const back = await person(url);
      assert.equal(back.hostname, '127.0.0.1');
      assert.equal((await fetch(back)).status, 200);
      await connected;
      assert.notEqual((await client.callTool(CALL)).isError, true);
      const kept = (what: string): string => join(folder.path, readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith(`_${what}.json`)) ?? '');
      const read = (what: string): Kept => JSON.parse(readFileSync(kept(what), 'utf8')) as Kept; // as RFC 6749 §5.1 and RFC 7591 §3.2.1 have them
      const { refresh_token: earlier } = read('tokens');
      writeFileSync(kept('tokens'), JSON.stringify({ ...read('tokens'), access_token: 'over' }));
      assert.notEqual((await client.callTool(CALL)).isError, true);
      assert.notEqual(read('tokens').refresh_token, earlier, 'it has refreshed');
      await revoke(read('client_info'), read('tokens'));
      // It waits for its person, who does not come; what ends the call is that we end the client.
      const waiting = assert.rejects(client.callTool(CALL));
      await until('mcp-remote sends its person to sign in again', async () => (log.split('/oauth/authorize?').length > 2 ? true : undefined), { withinMs: 20_000 });
      await client.close();
      await waiting;
    } finally {
      await client.close();
      await connected.catch(() => undefined);
    }
  });
});

test('openid-client finds the metadata, registers, signs in with PKCE and iss, refreshes, asks about a token and revokes it', async () => {
  const config = await openid.dynamicClientRegistration(new URL(gateway.origin), { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }, openid.None(), { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] });
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, { redirect_uri: REDIRECT, scope: 'crm:get_customer', resource: gateway.resource, code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', state: 'one' });
  const tokens = await openid.authorizationCodeGrant(config, await person(url), { pkceCodeVerifier: verifier, expectedState: 'one' }, { resource: gateway.resource });
  assert.equal((await gateway.call(tokens.access_token)).status, 200);
  const next = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource: gateway.resource });
  assert.equal((await openid.tokenIntrospection(config, next.access_token)).active, true);
  await openid.tokenRevocation(config, next.access_token);
  assert.equal((await openid.tokenIntrospection(config, next.access_token)).active, false);
  assert.equal((await gateway.call(next.access_token)).status, 401);
});

test('openid-client signs in a device that shows a code, once a person has typed it in (RFC 8628)', async () => {
  const config = await openid.dynamicClientRegistration(new URL(gateway.origin), { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }, openid.None(), { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] });
  const device = await openid.initiateDeviceAuthorization(config, { resource: gateway.resource });
  const early = await gateway.post('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code, client_id: config.clientMetadata().client_id });
  assert.equal(early.json['error'], 'authorization_pending');
  const browser = new Browser(gateway);
  const wrong = await browser.submit(await browser.open('/device'), { user_code: 'BBBB-BBBB' });
  assert.equal(wrong.status, 400);
  const confirm = await browser.submit(await browser.open('/device'), { user_code: device.user_code });
  assert.ok(confirm.text.includes(device.user_code), confirm.text);
  const question = await browser.submit(confirm, { confirm: 'yes' });
  const done = await browser.submit(question, { do: 'key', key: PERSON_KEY });
  assert.ok(done.text.includes('The device is signed in'), done.text);
  const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 }, { resource: gateway.resource });
  assert.equal((await gateway.call(tokens.access_token)).status, 200);
});

test('oauth4webapi binds its tokens by DPoP, and a copy of one opens nothing without the key; it refreshes and revokes them (RFC 9449 §5, §7.1)', async () => {
  const insecure = { [oauth4webapi.allowInsecureRequests]: true } as const;
  const issuer = new URL(gateway.origin);
  const as = await oauth4webapi.processDiscoveryResponse(issuer, await oauth4webapi.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
  const client = { client_id: String((await gateway.register()).json['client_id']) };
  const [verifier, pair] = [oauth4webapi.generateRandomCodeVerifier(), await oauth4webapi.generateKeyPair('ES256')];
  const DPoP = oauth4webapi.DPoP({}, pair);
  const url = new URL(as.authorization_endpoint ?? '');
  url.search = new URLSearchParams({ client_id: client.client_id, response_type: 'code', redirect_uri: REDIRECT, resource: gateway.resource, code_challenge: await oauth4webapi.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', state: 's' }).toString();
  const callback = oauth4webapi.validateAuthResponse(as, client, await person(url), 's');
  const answer = await oauth4webapi.authorizationCodeGrantRequest(as, client, oauth4webapi.None(), callback, REDIRECT, verifier, { DPoP, ...insecure });
  const tokens = await oauth4webapi.processAuthorizationCodeResponse(as, client, answer);
  assert.equal(tokens.token_type, 'dpop');
  assert.equal((await gateway.call(tokens.access_token)).status, 401, 'as a bearer it opens nothing');
  const call = (token: string): Promise<Response> => oauth4webapi.protectedResourceRequest(token, 'POST', new URL(gateway.resource), new Headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' }), JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bound', version: '1' } } }), { DPoP, ...insecure });
  const refreshed = await oauth4webapi.processRefreshTokenResponse(as, client, await oauth4webapi.refreshTokenGrantRequest(as, client, oauth4webapi.None(), tokens.refresh_token ?? '', { DPoP, ...insecure }));
  for (const token of [tokens.access_token, refreshed.access_token]) {
    const called = await call(token);
    assert.equal(called.status, 200);
    await called.body?.cancel();
  }
  await oauth4webapi.processRevocationResponse(await oauth4webapi.revocationRequest(as, client, oauth4webapi.None(), refreshed.refresh_token ?? '', insecure));
  await assert.rejects(call(refreshed.access_token), oauth4webapi.WWWAuthenticateChallengeError);
});
