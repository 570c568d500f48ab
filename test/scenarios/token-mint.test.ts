import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { AuthorityGateway, PERSON_KEY, type Answer } from '../world/authority-gateway.ts';
import { main } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';
import type { JsonObject } from '../../src/model/json.ts';

/** A key exchanged for short-lived tokens (RFC 8693; requirements.md [002]: sixty seconds, and see a refresh happen). */

let gateway: AuthorityGateway;
before(async () => {
  gateway = await AuthorityGateway.start();
});
after(() => gateway[Symbol.asyncDispose]());

const EXCHANGE = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', client_id: 'sallyport-cli', subject_token: PERSON_KEY, subject_token_type: 'urn:sallyport:params:oauth:token-type:api-key' };
const exchange = (more: Readonly<Record<string, string>> = {}): Promise<Answer> => gateway.post('/oauth/token', { ...EXCHANGE, resource: gateway.resource, ...more });
const claimsOf = (token: unknown): JsonObject => JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as JsonObject; // a token of ours

suite('Whoever holds a key', () => {
  test('gets a token that opens what the key may open and nothing else, for as short a time as they ask', async () => {
    const { status, json } = await exchange({ expires_in: '60' });
    assert.equal(status, 200);
    assert.deepEqual([json['expires_in'], json['issued_token_type'], json['refresh_token']], [60, 'urn:ietf:params:oauth:token-type:access_token', undefined]);
    const { exp, iat, aud } = claimsOf(json['access_token']);
    assert.deepEqual([Number(exp) - Number(iat), aud], [60, gateway.resource]);
    assert.equal((await gateway.call(String(json['access_token']))).status, 200);
    assert.equal((await gateway.call(String(json['access_token']), 'delete_customer')).status, 403);
  });

  test('gets one that can do less by its scope', async () => {
    const { json } = await exchange({ scope: 'crm:list_*' });
    assert.equal(json['scope'], 'crm:list_*');
    assert.equal((await gateway.call(String(json['access_token']))).status, 403);
  });

  test('refreshes where they have asked for that, each token as short as the first, until they end it', async () => {
    const first = (await exchange({ scope: 'offline_access', expires_in: '60' })).json;
    const refresh = (token: unknown) => gateway.post('/oauth/token', { grant_type: 'refresh_token', client_id: 'sallyport-cli', refresh_token: String(token), expires_in: '60' });
    const second = (await refresh(first['refresh_token'])).json;
    assert.equal(second['expires_in'], 60);
    assert.equal((await gateway.call(String(second['access_token']))).status, 200);
    await gateway.post('/oauth/revoke', { client_id: 'sallyport-cli', token: String(second['refresh_token']) });
    assert.equal((await refresh(second['refresh_token'])).status, 400);
    assert.equal((await gateway.call(String(second['access_token']))).status, 401);
  });

  const wrong: readonly (readonly [what: string, more: Readonly<Record<string, string>>, error: string])[] = [
    ['with a key that nobody issued', { subject_token: 'sally_live_nobody' }, 'invalid_grant'],
    ['with no key', { subject_token: '' }, 'invalid_request'],
    ['with a token called something else', { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'invalid_request'],
    ['for a token that is none', { requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    ['for somebody else', { actor_token: 'x' }, 'invalid_request'],
    ['for another server', { resource: 'https://other.example/mcp' }, 'invalid_target'],
    ['for less than a minute', { expires_in: '59' }, 'invalid_request'],
    ['for a time that is none', { expires_in: '1e3' }, 'invalid_request'],
    ['for scopes that mean nothing here', { scope: 'everything' }, 'invalid_scope'],
    ['as a client that is not known', { client_id: 'nobody' }, 'invalid_client'],
  ];
  for (const [what, more, error] of wrong) {
    test(`gets nothing ${what}`, async () => {
      const { json, status } = await exchange(more);
      assert.deepEqual([json['error'], json['access_token'], status >= 400], [error, undefined, true]);
    });
  }

  test('gets nothing as a client that signs people in: that grant is the command line\'s alone', async () => {
    const registered = await gateway.register();
    const { status, json } = await exchange({ client_id: String(registered.json['client_id']) });
    assert.deepEqual([status, json['access_token']], [400, undefined]);
  });

  test('never sees it in a record, and the record says who it was', async () => {
    await exchange();
    await using audit = startProcess([process.execPath, main, 'audit', '--json', '--data', gateway.dataFolder]);
    await audit.exited;
    assert.ok(!audit.stdout().includes(PERSON_KEY));
    assert.match(audit.stdout(), /"who":"alice".*"oauth\/token"/);
  });
});

suite('sallyport token mint', () => {
  const run = async (words: readonly string[], env: Readonly<Record<string, string>> = { KEY: PERSON_KEY }): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> => {
    await using running = startProcess([process.execPath, main, 'token', 'mint', ...words], { env });
    const { code } = await running.exited;
    return { code, out: running.stdout(), err: running.stderr() };
  };

  test('prints the token alone, which opens the server', async () => {
    const { code, out, err } = await run([gateway.resource, '--key-from', 'env:KEY', '--ttl', '60s']);
    assert.equal(code, 0, err);
    assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    assert.equal((await gateway.call(out.trim())).status, 200);
    assert.ok(!err.includes(out.trim()));
  });

  const wrong: readonly (readonly [what: string, words: () => readonly string[], code: number, says: RegExp])[] = [
    ['no key', () => [gateway.resource], 2, /--key-from/],
    ['the key itself', () => [gateway.resource, '--key-from', PERSON_KEY], 2, /is not the key itself/],
    ['a key that nobody issued', () => [gateway.resource, '--key-from', 'env:OTHER'], 5, /invalid_grant.*\n.*look at the key/],
    ['a lifetime that is too short', () => [gateway.resource, '--key-from', 'env:KEY', '--ttl', '59s'], 2, /shorter than a minute/],
    ['a lifetime that is none', () => [gateway.resource, '--key-from', 'env:KEY', '--ttl', 'soon'], 2, /is not a duration/],
    ['another server', () => [`${gateway.origin}/other/mcp`, '--key-from', 'env:KEY'], 5, /invalid_target/],
    ['nobody', () => ['http://127.0.0.1:1/mcp', '--key-from', 'env:KEY'], 4, /was not reached/],
  ];
  for (const [what, words, expected, says] of wrong) {
    test(`says what is wrong with ${what}, and shows no key`, async () => {
      const { code, out, err } = await run(words(), { KEY: PERSON_KEY, OTHER: 'sally_live_nobody' });
      assert.deepEqual([code, out], [expected, '']);
      assert.match(err, says);
      assert.ok(!err.includes(PERSON_KEY));
    });
  }

  test('watched, refreshes before each token ends, tells so, and ends all of them when it is stopped', async () => {
    const asked: URLSearchParams[] = [];
    // A gateway whose tokens last for a second, so that nobody has to wait a minute.
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        asked.push(new URLSearchParams(body));
        const claims = Buffer.from(JSON.stringify({ jti: `token-${String(asked.length)}` })).toString('base64url');
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ access_token: `x.${claims}.y`, refresh_token: `r${String(asked.length)}`, expires_in: 0.1, scope: 'mcp' }));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    await using running = startProcess([process.execPath, main, 'token', 'mint', `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/mcp`, '--key-from', 'env:KEY', '--ttl', '60s', '--watch'], { env: { KEY: PERSON_KEY } });
    await running.says(/issued .*oken-1 [^]*refreshed .*oken-2 [^]*refreshed .*oken-3 /);
    running.signal('SIGINT');
    assert.equal((await running.exited).code, 0);
    assert.ok(!/x\.\w+\.y/.test(running.stdout()));
    assert.deepEqual(asked.slice(0, 3).map((one) => [one.get('grant_type')?.split(':').at(-1), one.get('refresh_token'), one.get('expires_in')]), [['token-exchange', null, '60'], ['refresh_token', 'r1', '60'], ['refresh_token', 'r2', '60']]);
    assert.equal(asked.at(-1)?.get('token')?.startsWith('r'), true, 'the last is revoked');
    server.closeAllConnections();
    server.close();
  });
});
