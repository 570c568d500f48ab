import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { IdentityProvider } from '../world/identity-provider.ts';
import { OAuthGateway } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';

/** Two identity providers of different make before one gateway: what both are is OAuth, and what only one is must not matter. */

const program = join(import.meta.dirname, '../fixtures/second-issuer/second-issuer.ts');
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

interface Issued {
  readonly access: string;
  readonly refresh: string;
}

const issuedBy = async (issuer: string, client: string): Promise<Issued> => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', provider: 'machine', client_id: client, client_secret: 'second-secret-0123456789' });
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body });
  const { access_token: access, refresh_token: refresh } = (await answer.json()) as { readonly access_token: string; readonly refresh_token: string }; // what its token endpoint answers
  return { access, refresh };
};

suite('With a second identity provider, of another make', () => {
  const stack = new AsyncDisposableStack();
  let first: IdentityProvider;
  let second = '';
  let gateway: OAuthGateway;

  before(async () => {
    const running = stack.use(startProcess([process.execPath, program]));
    [, second = ''] = await running.says(/^issuer (\S+)$/m);
    first = stack.use(await IdentityProvider.start('ES256'));
    gateway = stack.use(await OAuthGateway.start({
      issuers: {
        corp: { issuer: first.issuer },
        partner: { issuer: second, profile: 'generic', discovery: 'auto', maxLifetime: '15m', claims: { email: 'properties.email', groups: 'properties.teams', client: 'aud' }, roles: { Support: ['support'] } },
      },
      fetch: { allow: [`127.0.0.1:${String(first.port)}`, new URL(second).host] },
      roles: { support: ['crm:get_*', 'sales:get_*', 'inner:get_*'] },
      servers: {
        crm: { command: [process.execPath, join(import.meta.dirname, '../../src/example/crm-server.ts')], audience: ['crm-app', 'https://crm.example'] },
        sales: { command: [process.execPath, join(import.meta.dirname, '../../src/example/crm-server.ts')], audience: ['sales-app'] },
        inner: { command: [process.execPath, join(import.meta.dirname, '../../src/example/crm-server.ts')], audience: ['crm-app', 'inner-app', 'https://inner.example'], issuers: ['corp'] },
      },
    }));
  });
  after(() => stack.disposeAsync());

  const status = async (server: string, tool: string, token: string): Promise<number> => (await gateway.call('both', tool, { ...bearer(token), path: `/${server}/mcp` })).status;

  test('its tokens open what their teams may, found by RFC 8414 alone (R17, R18)', async () => {
    const { access } = await issuedBy(second, 'crm-app');
    assert.equal(await status('crm', 'get_customer', access), 200);
    assert.equal(await status('crm', 'delete_customer', access), 403);
  });

  test('tokens of both open one server, each by its own audience', async () => {
    assert.equal(await status('crm', 'get_customer', await first.token('https://crm.example')), 200);
    assert.equal(await status('crm', 'get_customer', (await issuedBy(second, 'crm-app')).access), 200);
  });

  test('a token for a server opens no sibling of it, whichever provider it is from (J08)', async () => {
    const [mine, theirs] = [await first.token('https://crm.example'), (await issuedBy(second, 'crm-app')).access];
    for (const token of [mine, theirs]) assert.equal(await status('sales', 'get_customer', token), 401);
    assert.equal(await status('sales', 'get_customer', (await issuedBy(second, 'sales-app')).access), 200);
  });

  test('a server that is for one provider takes no token of the other, the audience being right', async () => {
    // Its scope is about crm, so that this one is known and may not, while those of the other provider are not even known.
    assert.equal(await status('inner', 'get_customer', await first.token('https://inner.example')), 403);
    assert.equal(await status('inner', 'get_customer', (await issuedBy(second, 'inner-app')).access), 401);
    assert.equal(await status('inner', 'get_customer', (await issuedBy(second, 'crm-app')).access), 401);
  });

  test('what else it gives out is no access token (J07)', async () => {
    const { access, refresh } = await issuedBy(second, 'crm-app');
    const [head, body] = access.split('.');
    for (const other of [refresh, `${head ?? ''}.${body ?? ''}.`, `${head ?? ''}.${body ?? ''}.${'A'.repeat(86)}`]) assert.equal(await status('crm', 'get_customer', other), 401, other.slice(0, 20));
  });
});
