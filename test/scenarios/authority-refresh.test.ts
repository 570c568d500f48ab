import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway, signIn, type Answer } from '../world/authority-gateway.ts';
import { main } from '../world/oauth-gateway.ts';
import { freePort } from '../world/ports.ts';
import { readScrape } from '../world/prometheus-text.ts';

const refresh = (gateway: AuthorityGateway, token: string, clientId: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token, client_id: clientId, ...more });

const newClient = async (gateway: AuthorityGateway): Promise<string> => String((await gateway.register()).json['client_id']);

const command = (gateway: AuthorityGateway, ...words: readonly string[]): string => execFileSync(process.execPath, [main, ...words, '--data', gateway.dataFolder], { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] });

describe('Refreshing logs nobody out (G11, W5, R44)', () => {
  let gateway: AuthorityGateway;
  let clientId = '';
  let metricsPort = 0;
  before(async () => {
    metricsPort = await freePort();
    gateway = await AuthorityGateway.start({ metrics: { port: metricsPort } });
    clientId = await newClient(gateway);
  });
  after(() => gateway[Symbol.asyncDispose]());

  test('each use gives a new token, and the access token that comes with it opens the server', async () => {
    const first = await signIn(gateway, { clientId });
    const second = await refresh(gateway, first.refresh, clientId);
    assert.equal(second.status, 200, second.text);
    assert.notEqual(second.json['refresh_token'], first.refresh);
    assert.notEqual(second.json['access_token'], first.access);
    assert.equal((await gateway.call(String(second.json['access_token']))).status, 200);
    const third = await refresh(gateway, String(second.json['refresh_token']), clientId);
    assert.equal(third.status, 200);
    assert.equal((await refresh(gateway, 'no-token-of-anybody', clientId)).status, 400);
    const issued = readScrape(await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text()).get('sallyport_tokens_issued_total')?.samples ?? [];
    assert.deepEqual(issued.map(({ labels, value }) => [labels['grant'], value]), [['authorization_code', 1], ['refresh_token', 2]], 'and is counted, a refused one is not');
  });

  test('fifty that ask at once are told the same successor (T05)', async () => {
    const { refresh: token } = await signIn(gateway, { clientId });
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(gateway, token, clientId)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(new Set(answers.map(({ json }) => json['refresh_token'])).size, 1);
    assert.equal((await refresh(gateway, String(answers[0]?.json['refresh_token']), clientId)).status, 200, 'the family lives');
  });

  test('another client gets nothing by it, within the grace or not (RFC 6749 §10.4)', async () => {
    const { refresh: token } = await signIn(gateway, { clientId });
    const other = await newClient(gateway);
    assert.equal((await refresh(gateway, token, other)).json['error'], 'invalid_grant');
    assert.equal((await refresh(gateway, token, clientId)).status, 200);
    assert.equal((await refresh(gateway, token, other)).json['error'], 'invalid_grant');
  });

  test('a resource that is not served, or that the token is not for, uses nothing up (AS-10)', async () => {
    const { refresh: token } = await signIn(gateway, { clientId });
    for (const resource of ['https://elsewhere.example/mcp', `${gateway.origin}/crm/mcp`]) {
      const answer = await refresh(gateway, token, clientId, { resource });
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_target'], resource);
    }
    const first = await refresh(gateway, token, clientId);
    assert.equal(first.status, 200);
  });

  test('no refresh gives scopes that were not agreed to (RFC 6749 §6)', async () => {
    const { refresh: token } = await signIn(gateway, { clientId, parameters: { scope: 'crm:list_customers' } });
    assert.equal((await refresh(gateway, token, clientId, { scope: 'crm:list_customers crm:get_customer' })).json['error'], 'invalid_scope');
    assert.equal((await refresh(gateway, token, clientId, { scope: 'crm:list_customers' })).json['scope'], 'crm:list_customers');
  });

  test('a client that revokes its refresh token ends the family, and one that revokes an access token ends that one (RFC 7009 §2.1)', async () => {
    const [one, two] = [await signIn(gateway, { clientId }), await signIn(gateway, { clientId })];
    const other = await newClient(gateway);
    assert.equal((await gateway.post('/oauth/revoke', { token: one.access, client_id: other })).status, 200);
    assert.equal((await gateway.call(one.access)).status, 200, 'no other client ends it');
    assert.equal((await gateway.post('/oauth/revoke', { token: one.access, client_id: clientId })).status, 200);
    assert.equal((await gateway.call(one.access)).status, 401);
    assert.equal((await refresh(gateway, one.refresh, clientId)).status, 200);
    assert.equal((await gateway.post('/oauth/revoke', { token: two.refresh, client_id: clientId })).status, 200);
    assert.equal((await gateway.call(two.access)).status, 401);
    assert.equal((await refresh(gateway, two.refresh, clientId)).json['error'], 'invalid_grant');
  });

  test('a client may ask about its own tokens, and learns nothing of others (RFC 7662 §2.1, §4)', async () => {
    const { access, refresh: token } = await signIn(gateway, { clientId });
    const other = await newClient(gateway);
    const about = async (text: string, client: string): Promise<JsonObject> => (await gateway.post('/oauth/introspect', { token: text, client_id: client })).json;
    assert.deepEqual([(await about(access, clientId))['active'], (await about(token, clientId))['active']], [true, true]);
    assert.deepEqual([await about(access, other), await about(token, other), await about('nothing', clientId), await about(`${access}x`, clientId)], [{ active: false }, { active: false }, { active: false }, { active: false }]);
    await gateway.post('/oauth/revoke', { token: access, client_id: clientId });
    assert.deepEqual(await about(access, clientId), { active: false });
  });

  test('the end of the key that somebody signed in with is the end of its tokens (D6, K05)', async () => {
    const key = command(gateway, 'keys', 'create', '--owner', 'bob', '--name', 'phone', '--allow', 'crm:get_*').trim().split('\n').at(-1)?.trim() ?? '';
    const bob = await signIn(gateway, { clientId, key });
    assert.equal((await gateway.call(bob.access)).status, 200);
    const { id } = JSON.parse(command(gateway, 'keys', 'list', '--json').trim().split('\n')[0] ?? '{}') as { readonly id: string }; // the one stored key
    command(gateway, 'keys', 'revoke', id);
    assert.equal((await gateway.call(bob.access)).status, 401);
    assert.equal((await refresh(gateway, bob.refresh, clientId)).json['error'], 'invalid_grant');
    assert.equal((await gateway.call((await signIn(gateway, { clientId })).access)).status, 200, 'nobody else is touched');
  });
});

describe('A refresh token that was replaced', () => {
  test('ends its family when it comes after the grace, and the log says so (T06, RFC 9700 §4.14.2)', async () => {
    await using gateway = await AuthorityGateway.start({ authority: { graceSeconds: 0 } });
    const clientId = await newClient(gateway);
    const [stolen, other] = [await signIn(gateway, { clientId }), await signIn(gateway, { clientId })];
    const second = await refresh(gateway, stolen.refresh, clientId);
    assert.equal(second.status, 200);
    const replayed = await refresh(gateway, stolen.refresh, clientId);
    assert.deepEqual([replayed.status, replayed.json['error'], replayed.json['code']], [400, 'invalid_grant', 'oauth.invalid-grant']);
    assert.match(command(gateway, 'audit', '--limit', '5', '--json'), /"call":"oauth\/token".*"code":"refresh\.reused"/);
    assert.equal((await refresh(gateway, String(second.json['refresh_token']), clientId)).json['error'], 'invalid_grant');
    assert.deepEqual([(await gateway.call(stolen.access)).status, (await gateway.call(String(second.json['access_token']))).status], [401, 401]);
    assert.match(gateway.process.stderr(), /somebody has a copy of it/);
    assert.equal((await refresh(gateway, other.refresh, clientId)).status, 200, 'another sign-in of the same person and client goes on');
  });
});

describe('What a client was agreed', () => {
  test('decides how long its tokens live, and what it may do for itself whatever it asks for (W12, R117)', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const { SignJWT } = await import('jose');
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' };
    await using gateway = await AuthorityGateway.start({ authority: { clients: { 'nightly-sync': { keys: { keys: [jwk] }, permissions: ['crm:get_*'], accessToken: '1m' } } } });
    const assertion = (jti: string, audience = gateway.origin) => new SignJWT({ jti }).setProtectedHeader({ alg: 'ES256', kid: 'one' }).setIssuer('nightly-sync').setSubject('nightly-sync').setAudience(audience).setIssuedAt().setExpirationTime('1m').sign(privateKey);
    const ask = async (text: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
      gateway.post('/oauth/token', { grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: text, ...more });
    const first = await assertion('a');
    const good = await ask(first);
    assert.equal(good.status, 200, good.text);
    assert.deepEqual([good.json['expires_in'], good.json['refresh_token']], [60, undefined]);
    const token = String(good.json['access_token']);
    assert.deepEqual([(await gateway.call(token)).status, (await gateway.call(token, 'list_customers')).status], [200, 403]);
    assert.equal((await ask(first)).json['error'], 'invalid_client', 'an assertion is good once (RFC 7523 §3)');
    assert.equal((await ask(await assertion('b', 'https://elsewhere.example'))).json['error'], 'invalid_client');
    const wide = await ask(await assertion('c'), { scope: 'crm:*' });
    assert.equal((await gateway.call(String(wide.json['access_token']), 'list_customers')).status, 403);
    assert.equal((await gateway.call(String(wide.json['access_token']))).status, 200);
    assert.equal((await gateway.post('/oauth/token', { grant_type: 'client_credentials', client_id: 'nightly-sync' })).json['error'], 'invalid_client');
  });
});
