import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway, signIn, type Answer } from '../world/authority-gateway.ts';
import { main } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';

/** Operators see which OAuth clients there are and what people have allowed them, and end it, at the terminal and by HTTP alike (issue 5; R44). */

const stack = new AsyncDisposableStack();
let gateway: AuthorityGateway;
before(async () => {
  gateway = stack.use(await AuthorityGateway.start({ authority: { clients: { nightly: { name: 'Nightly sync', clientSecret: 'env:NIGHTLY', permissions: ['crm:get_*'] } } }, env: { NIGHTLY: 'a-secret-of-a-client-0123' } }));
});
after(() => stack.disposeAsync());

const sallyport = async (...words: readonly string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> => {
  await using running = startProcess([process.execPath, main, ...words, '--data', gateway.dataFolder]);
  const { code } = await running.exited;
  return { code, out: running.stdout(), err: running.stderr() };
};

const keyOf = async (owner: string, allow = 'crm:get_*'): Promise<string> => (await sallyport('keys', 'create', '--owner', owner, '--allow', allow)).out.trim();

/** Somebody with a client of theirs. */
const someone = async (owner: string) => {
  const clientId = String((await gateway.register({ client_name: `client of ${owner}` })).json['client_id']);
  const tokens = await signIn(gateway, { clientId, key: await keyOf(owner) });
  return {
    clientId,
    opens: async () => (await gateway.call(tokens.access)).status,
    refreshes: async () => (await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh, client_id: clientId })).status,
  };
};

const api = async (path: string, body?: JsonObject, allow = 'admin:clients'): Promise<Answer> =>
  gateway.get(path, { headers: { 'x-api-key': await keyOf('ops', allow), 'content-type': 'application/json' }, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) });

suite('OAuth clients', () => {
  test('are listed, those of the configuration and those that registered themselves, with who has allowed them', async () => {
    const { clientId } = await someone('ann');
    const { out } = await sallyport('clients', 'list');
    assert.match(out, /^nightly {2}agreed {4} {2}Nightly sync/m);
    assert.match(out, new RegExp(`^${clientId} {2}registered {2}client of ann {2}answers go to http://127\\.0\\.0\\.1:39099/callback$`, 'm'));
    assert.match((await sallyport('clients', 'show', clientId)).out, /allowed by key:key_/);
    const byHttp = await api('/api/clients?limit=1000');
    assert.ok((byHttp.json['clients'] as readonly JsonObject[]).some(({ id }) => id === clientId), byHttp.text);
    assert.equal((await api(`/api/clients/show?client=${clientId}`)).json['name'], 'client of ann');
  });

  test('end with all they have when they are removed; others go on, and it is on record', async () => {
    const [ann, ben] = [await someone('ann'), await someone('ben')];
    assert.match((await sallyport('clients', 'remove', ann.clientId, '--dry-run')).out, /nothing was changed/);
    assert.deepEqual([await ann.opens(), await ben.opens()], [200, 200]);
    const removed = await sallyport('clients', 'remove', ann.clientId, '--reason', 'stolen laptop');
    assert.equal(removed.code, 0, removed.err);
    assert.match(removed.out, /1 authorizations have ended.*it may register or ask again/);
    assert.deepEqual([await ann.opens(), await ann.refreshes(), await ben.opens(), await ben.refreshes()], [401, 401, 200, 200]);
    const gone = await sallyport('clients', 'show', ann.clientId);
    assert.notEqual(gone.code, 0);
    assert.match(gone.err, /no client of that id is known here/);
    assert.match((await sallyport('audit', '--limit', '20', '--json')).out, new RegExp(`"call":"admin/clients/remove","target":"${ann.clientId}"`));
  });

  test('of the configuration get nothing any more when they are removed for good, until that is taken back', async () => {
    const ask = () => gateway.post('/oauth/token', { grant_type: 'client_credentials', resource: gateway.resource }, { authorization: `Basic ${Buffer.from('nightly:a-secret-of-a-client-0123').toString('base64')}` });
    const first = await ask();
    assert.equal(first.status, 200, first.text);
    const removed = await api('/api/clients/remove', { client: 'nightly', always: true });
    assert.equal(removed.status, 200, removed.text);
    const next = await ask();
    assert.deepEqual([next.status, next.json['error'], (await gateway.call(String(first.json['access_token']))).status], [401, 'invalid_client', 401]);
    const [, denial = ''] = /"id":"(den_\w+)"/.exec(removed.text) ?? [];
    assert.equal((await sallyport('revocations', 'lift', denial)).code, 0);
    assert.equal((await ask()).status, 200);
  });
});

suite('What people have allowed', () => {
  test('is listed by person, and taken back of one client; the others go on', async () => {
    const [first, second] = [await someone('cat'), await someone('cat')];
    const { out } = await sallyport('consents', 'list', 'cat');
    for (const { clientId } of [first, second]) assert.match(out, new RegExp(`^${clientId} {2}client of cat {2}${gateway.resource} {2}mcp {2}since `, 'm'));
    assert.equal((await sallyport('consents', 'revoke', 'cat', first.clientId)).code, 0);
    assert.deepEqual([await first.opens(), await first.refreshes(), await second.opens(), await second.refreshes()], [401, 400, 200, 200]);
    const { json } = await api('/api/consents/revoke', { person: 'cat' });
    assert.deepEqual(json['clients'], [second.clientId]);
    assert.deepEqual([await second.opens(), await second.refreshes()], [401, 400]);
    const nothing = await sallyport('consents', 'revoke', 'cat');
    assert.match(nothing.err, /allowed nothing of the kind/);
  });

  test('is nobody\'s to see or end without the right to, and of a misspelt name there is nothing', async () => {
    for (const [path, body] of [['/api/clients', undefined], ['/api/clients/remove', { client: 'nightly' }], ['/api/consents?person=cat', undefined], ['/api/consents/revoke', { person: 'cat' }]] as const) {
      assert.equal((await api(path, body, 'admin:keys')).status, 403, path);
    }
    assert.equal((await api('/api/clients', undefined, 'admin:clients.read')).status, 200);
    assert.equal((await api('/api/clients/remove', { client: 'nightly' }, 'admin:clients.read')).status, 403);
    assert.equal((await api('/api/consents?person=catt')).status, 404);
    assert.equal((await api('/api/clients/remove', { client: 'nightlyy' })).status, 404);
    assert.equal((await api('/api/clients/remove', { client: 'nightly', forever: true })).status, 400);
  });
});
