import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { UnauthorizedError as UnauthorizedErrorV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { browse, LoginProvider } from '../world/login-provider.ts';
import { OAuthGateway } from '../world/oauth-gateway.ts';
import { MemoryOAuth, REDIRECT } from './oauth-client.ts';

/** The clients of both SDKs find the provider by the gateway's word alone, log in, call, and step up (RS-1 to RS-4, RS-10, CL-1). */

const stack = new AsyncDisposableStack();
let provider: LoginProvider;
let gateway: OAuthGateway;
before(async () => {
  provider = stack.use(await LoginProvider.start());
  gateway = stack.use(await OAuthGateway.start({
    issuers: { corp: { issuer: provider.issuer, profile: 'rfc9068' } },
    fetch: { allow: [`127.0.0.1:${String(provider.port)}`] },
    crm: { scopes: { baseline: ['crm:get_customer'], stepUp: { 'delete_*': ['crm-write'] } } },
  }));
});
after(() => stack.disposeAsync());

const CALL = { name: 'get_customer', arguments: { id: 'cust_001' } };
/** Each deletes a customer of its own: the server behind is one for all. */
const deletion = (id: string) => ({ name: 'delete_customer', arguments: { id } });

const login = (oauth: MemoryOAuth): Promise<URLSearchParams> => {
  assert.ok(oauth.sentTo, 'the client has sent the person to the provider');
  return browse(oauth.sentTo, REDIRECT);
};

for (const [path, customer] of [['/mcp', 'cust_002'], ['/crm/mcp', 'cust_003']] as const) {
  test(`The client of SDK v2 finds its way in at ${path}, calls, and steps up`, async () => {
    const oauth = new MemoryOAuth();
    const url = new URL(`${gateway.origin('tokens')}${path}`);
    const connect = async () => {
      const [client, transport] = [new Client({ name: 'sdk-v2', version: '1.0.0' }), new StreamableHTTPClientTransport(url, { authProvider: oauth })];
      return { client, transport, connected: client.connect(transport) };
    };
    const first = await connect();
    await assert.rejects(first.connected, UnauthorizedError);
    assert.equal(oauth.sentTo?.searchParams.get('resource'), url.href);
    assert.equal(oauth.sentTo?.searchParams.get('scope'), 'crm:get_customer');
    await first.transport.finishAuth(await login(oauth));
    const second = await connect();
    await second.connected;
    assert.notEqual((await second.client.callTool(CALL)).isError, true);
    await assert.rejects(second.client.callTool(deletion(customer)), UnauthorizedError);
    await second.transport.finishAuth(await login(oauth));
    assert.notEqual((await second.client.callTool(deletion(customer))).isError, true);
    assert.ok(['crm:get_customer', 'crm:delete_customer', 'crm-write'].every((scope) => oauth.scopes.includes(scope)));
    await second.client.close();
  });
}

test('The client of SDK v1 finds its way in, calls, and steps up', async () => {
  const oauth = new MemoryOAuth();
  const url = new URL(`${gateway.origin('tokens')}/mcp`);
  const connect = () => {
    const [client, transport] = [new ClientV1({ name: 'sdk-v1', version: '1.0.0' }), new TransportV1(url, { authProvider: oauth })];
    // SDK v1 declares `sessionId?: string` in one place and `string | undefined` in the other, which is one type to it.
    return { client, transport, connected: client.connect(transport as Transport) };
  };
  const first = connect();
  await assert.rejects(first.connected, UnauthorizedErrorV1);
  await first.transport.finishAuth((await login(oauth)).get('code') ?? '');
  const second = connect();
  await second.connected;
  assert.notEqual((await second.client.callTool(CALL)).isError, true);
  await assert.rejects(second.client.callTool(deletion('cust_004')), UnauthorizedErrorV1);
  await second.transport.finishAuth((await login(oauth)).get('code') ?? '');
  assert.notEqual((await second.client.callTool(deletion('cust_004'))).isError, true);
  await second.client.close();
});

suite('A caller whose rights come from roles', () => {
  test('is told by both clients that he may not, and is not sent to log in again: no scope would help (RS-9, RS-10)', async () => {
    await using roles = await OAuthGateway.start({ roles: { reader: ['crm:get_*'] } });
    const url = new URL(`${roles.origin('tokens')}/mcp`);
    const [v2, v1] = [new MemoryOAuth(), new MemoryOAuth()];
    for (const oauth of [v2, v1]) oauth.saveTokens({ access_token: roles.token({ groups: ['reader'] }), token_type: 'Bearer' });
    const [client, former] = [new Client({ name: 'sdk-v2', version: '1.0.0' }), new ClientV1({ name: 'sdk-v1', version: '1.0.0' })];
    await client.connect(new StreamableHTTPClientTransport(url, { authProvider: v2 }));
    // As above: one type to SDK v1.
    await former.connect(new TransportV1(url, { authProvider: v1 }) as Transport);
    for (const one of [client, former]) {
      assert.notEqual((await one.callTool(CALL)).isError, true);
      await assert.rejects(one.callTool(deletion('cust_005')), /Insufficient permission/);
      await one.close();
    }
    assert.deepEqual([v2.sentTo, v1.sentTo], [undefined, undefined]);
  });
});

suite('Where keys alone are accepted', () => {
  test('neither client sends anybody to log in (W1)', async () => {
    const oauth = new MemoryOAuth();
    const client = new Client({ name: 'sdk-v2', version: '1.0.0' });
    await assert.rejects(client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.origin('keys')}/mcp`), { authProvider: oauth })));
    assert.equal(oauth.sentTo, undefined);
  });
});
