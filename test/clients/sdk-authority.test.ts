import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { Client, ClientCredentialsProvider, CrossAppAccessProvider, PrivateKeyJwtProvider, StreamableHTTPClientTransport, UnauthorizedError, type OAuthClientProvider } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway, Browser, PERSON_KEY } from '../world/authority-gateway.ts';
import { crmServer } from '../world/oauth-gateway.ts';
import { TestKey } from '../world/token-issuer.ts';
import { DocumentSite } from './document-site.ts';
import { MemoryOAuth, REDIRECT } from './oauth-client.ts';

/**
 * The flows that the conformance suite tries a client with, against our own authorization server in place of the suite's (client mode, `auth/*`): the client of
 * SDK v2 is told nothing but the address, and what was agreed with it.
 */

const SECRET = 'agreed-secret-0123456789abcdef';
const IDP = 'https://idp.example';
const [idpKey, machine] = [new TestKey('ES256', 'key-1'), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
const machineJwk = { ...machine.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' };

const stack = new AsyncDisposableStack();
let gateway: AuthorityGateway;
let site: DocumentSite;
before(async () => {
  site = stack.use(await DocumentSite.start());
  const { fetch: allowed, env } = site.forGateway;
  gateway = stack.use(await AuthorityGateway.start({
    fetch: { allow: [...allowed.allow] }, env: { ...env, AGREED: SECRET },
    servers: { crm: { command: [process.execPath, crmServer], scopes: { baseline: ['crm:get_customer'] } } },
    roles: { seller: ['crm:get_*'] },
    issuers: JSON.parse(JSON.stringify({ corp: { issuer: IDP, keys: { keys: [idpKey.jwk] }, everyone: ['seller'] } })) as JsonObject, // JSON, as a file has it
    authority: {
      clients: {
        agreed: { redirectUris: [REDIRECT] },
        robot: { clientSecret: 'env:AGREED', permissions: ['crm:get_*'] },
        signer: { keys: { keys: [JSON.parse(JSON.stringify(machineJwk)) as JsonObject] }, permissions: ['crm:get_*'] }, // the same
        agent: { clientSecret: 'env:AGREED', assertions: ['corp'] },
      },
    },
  }));
});
after(() => stack.disposeAsync());

const [GET, LIST] = [{ name: 'get_customer', arguments: { id: 'cust_001' } }, { name: 'list_customers', arguments: {} }];

const connect = (authProvider: OAuthClientProvider) => {
  const [client, transport] = [new Client({ name: 'sdk-v2', version: '1.0.0' }), new StreamableHTTPClientTransport(new URL(gateway.resource), { authProvider })];
  return { client, transport, connected: client.connect(transport) };
};

/** What a person does in a browser. */
const person = async ({ sentTo }: MemoryOAuth): Promise<URLSearchParams> => {
  assert.ok(sentTo, 'the client has sent the person to us');
  const browser = new Browser(gateway);
  return new URL((await browser.submit(await browser.open(sentTo.href), { do: 'key', key: PERSON_KEY })).url).searchParams;
};

/** Signs in and gives a client that is connected. */
const signedIn = async (oauth: MemoryOAuth) => {
  const first = connect(oauth);
  await assert.rejects(first.connected, UnauthorizedError);
  await first.transport.finishAuth(await person(oauth));
  const second = connect(oauth);
  await second.connected;
  return second;
};

const works = async (oauth: MemoryOAuth): Promise<void> => {
  const { client } = await signedIn(oauth);
  assert.notEqual((await client.callTool(GET)).isError, true);
  await client.close();
};

suite('The client of SDK v2 gets in at our authorization server', () => {
  for (const method of ['none', 'client_secret_basic', 'client_secret_post']) {
    test(`[auth/token-endpoint-auth] when it registers itself and proves itself by ${method}`, async () => {
      const oauth = new MemoryOAuth();
      oauth.clientMetadata.token_endpoint_auth_method = method;
      await works(oauth);
      const { client_secret: secret, token_endpoint_auth_method: kept } = (oauth.clientInformation() ?? {}) as { readonly client_secret?: string; readonly token_endpoint_auth_method?: string };
      assert.deepEqual([kept, secret === undefined], [method, method === 'none']);
    });
  }

  test('[auth/pre-registration] as a client that was agreed', async () => {
    const oauth = new MemoryOAuth();
    oauth.saveClientInformation({ client_id: 'agreed' });
    await works(oauth);
    assert.equal(oauth.sentTo?.searchParams.get('client_id'), 'agreed');
  });

  test('[auth/basic-cimd] by the URL of its metadata document', async () => {
    const oauth = new MemoryOAuth();
    const clientMetadataUrl = site.publish('https://client.example/metadata.json', { ...oauth.clientMetadata });
    await works(Object.assign(oauth, { clientMetadataUrl }));
    assert.equal(oauth.sentTo?.searchParams.get('client_id'), clientMetadataUrl);
  });

  test('[auth/scope-from-www-authenticate, auth/scope-step-up] with the scope of the challenge, and with more when it needs more', async () => {
    const oauth = new MemoryOAuth();
    const { client, transport } = await signedIn(oauth);
    assert.equal(oauth.sentTo?.searchParams.get('scope')?.split(' ').includes('crm:get_customer'), true);
    await assert.rejects(client.callTool(LIST), UnauthorizedError);
    await transport.finishAuth(await person(oauth));
    assert.deepEqual([(await client.callTool(LIST)).isError === true, (await client.callTool(GET)).isError === true], [false, false]);
    await client.close();
  });

  const PROVIDERS: readonly (readonly [string, () => OAuthClientProvider])[] = [
    ['[auth/client-credentials-basic] for itself, by a secret', () => new ClientCredentialsProvider({ clientId: 'robot', clientSecret: SECRET, expectedIssuer: gateway.origin })],
    ['[auth/client-credentials-jwt] for itself, by a key', () => new PrivateKeyJwtProvider({ clientId: 'signer', privateKey: machine.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), algorithm: 'ES256', expectedIssuer: gateway.origin })],
    ['[auth/enterprise-managed-authorization] for a person of an enterprise, without a browser', () => new CrossAppAccessProvider({ clientId: 'agent', clientSecret: SECRET, expectedIssuer: gateway.origin, assertion: ({ resourceUrl }) => assertionFor(resourceUrl) })],
  ];
  for (const [what, provider] of PROVIDERS) {
    test(what, async () => {
      const { client, connected } = connect(provider());
      await connected;
      assert.notEqual((await client.callTool(GET)).isError, true);
      await client.close();
    });
  }

  test('and not with a secret that is not its own', async () => {
    await assert.rejects(connect(new ClientCredentialsProvider({ clientId: 'robot', clientSecret: `${SECRET}x`, expectedIssuer: gateway.origin })).connected, /invalid_client|not known|prove/i);
  });
});

const assertionFor = (resource: string): string => {
  const now = Math.floor(Date.now() / 1000);
  return idpKey.sign({ iss: IDP, sub: 'u-1', aud: gateway.origin, client_id: 'agent', iat: now, exp: now + 120, jti: `jag-${String(process.hrtime.bigint())}`, resource }, { typ: 'oauth-id-jag+jwt' });
};
