import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { shapeOf } from '../../src/admin/http/http-shape.ts';
import { operations } from '../../src/admin/operations/list.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import type { RawReply, RequestParts } from '../world/raw-http.ts';

/** Group W: the admin plane. Nobody administers who was not made to, nobody raises himself, and no web page does it for somebody else. */

const world = await AttackWorld.start({ roles: { chief: ['admin:*'] } });
after(() => world[Symbol.asyncDispose]());

type More = { readonly key?: string; readonly body?: unknown; readonly headers?: readonly (readonly [string, string])[] };

const request = (method: string, target: string, { key, body, headers = [] }: More = {}): RequestParts => ({
  method, target,
  headers: [['Host', '127.0.0.1'], ['Connection', 'close'], ...(key === undefined ? [] : [['X-API-Key', key] as const]), ...(body === undefined ? [] : [['Content-Type', 'application/json'] as const]), ...headers],
  ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});

const problemOf = (reply: RawReply): Record<string, unknown> => JSON.parse(reply.body) as Record<string, unknown>; // a problem document of our own

let [plain, reader, clerk, chief] = ['', '', '', ''];
before(async () => {
  const mint = async (...permissions: readonly string[]): Promise<string> => (await world.mint(['alpha:get_thing', ...permissions])).secret;
  [plain, reader, clerk, chief] = [await mint('*'), await mint('admin:*.read'), await mint('admin:keys', 'alpha:get_*'), await mint('admin:*')];
});

suite('[W03] Every operation, tried by everybody', () => {
  const places = operations.map((operation) => shapeOf(operation));
  const who: readonly (readonly [string, () => string | undefined, (method: string) => readonly number[] | 'passes'])[] = [
    ['nobody', () => undefined, () => [401]],
    ['a guessed key', () => 'sally_live_guess', () => [401]],
    ['a key that may do everything on every server', () => plain, () => [403]],
    ['a key of the configuration that may too', () => KEYS.full, () => [403]],
    ['who may only read', () => reader, (method) => (method === 'GET' ? 'passes' : [403])],
    ['the administrator', () => chief, () => 'passes'],
  ];
  for (const { method, path } of places) {
    for (const [name, keyOf, expected] of who) {
      test(`${method} ${path} by ${name}`, async () => {
        const key = keyOf();
        const { position } = world;
        const reply = await world.send(request(method, path.replaceAll(/\{\w+\}/g, 'key_000000000000000000'), { ...(key === undefined ? {} : { key }), ...(method === 'POST' ? { body: { nothing: true } } : {}) }));
        const allowed = expected(method);
        // Passed on to the operation, which finds no such key.
        const isPassed = (![401, 403, 404, 405].includes(reply.status) && reply.status < 500) || reply.text.includes('"admin.not-found"');
        if (allowed === 'passes') assert.ok(isPassed, `${String(reply.status)} ${reply.body}`);
        else assert.deepEqual([reply.status], allowed, reply.body);
        world.assertDiscreet(reply.text);
        assert.equal((await world.callsOnceThere(position, 1)).length, 1);
      });
    }
  }
});

test('A key that is not there is 404, with the nearest one there is, and only for whoever administers', async () => {
  const made = JSON.parse((await world.send(request('POST', '/api/keys', { key: chief, body: { name: 'near', owner: 'o', permissions: ['alpha:get_thing'] } }))).body);
  const id = String(made.key.id);
  const missing = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
  const reply = await world.send(request('DELETE', `/api/keys/${missing}`, { key: chief }));
  assert.equal(reply.status, 404, reply.body);
  assert.equal(JSON.parse(reply.body).code, 'admin.not-found');
  assert.ok(reply.body.includes(`did you mean ${id}?`), reply.body);
  assert.equal((await world.send(request('DELETE', `/api/keys/${missing}`, { key: plain }))).status, 403);
});

suite('[W03] Nobody raises himself', () => {
  const create = (key: string, more: Record<string, unknown>): Promise<RawReply> => world.send(request('POST', '/api/keys', { key, body: { name: 'raised', owner: 'mallory', ...more } }));
  for (const permission of ['*', '*:*', 'alpha:*', 'beta:get_thing', 'admin:*', 'admin:tools']) {
    test(`by a key with ${permission}`, async () => {
      const reply = await create(clerk, { permissions: [permission] });
      assert.deepEqual([reply.status, problemOf(reply)['code']], [403, 'permission.denied'], reply.body);
    });
  }
  test('by a role', async () => assert.equal((await create(clerk, { roles: ['chief'] })).status, 403));
  test('by touching a key that may do more', async () => {
    const { id } = await world.mint(['alpha:*']);
    for (const verb of ['rotate', 'enable', 'extend', 'limit', 'rollback']) {
      const place = operations.map((operation) => shapeOf(operation).path).find((path) => path === `/api/keys/{id}/${verb}`);
      if (place === undefined) continue;
      const input: Record<string, unknown> = verb === 'extend' ? { days: 30 } : verb === 'limit' ? { limits: { perDay: 5 } } : {};
      const reply = await world.send(request('POST', place.replace('{id}', id), { key: clerk, body: input }));
      assert.deepEqual([verb, reply.status, problemOf(reply)['code']], [verb, 403, 'permission.denied'], reply.body);
    }
    assert.equal((await world.send(request('POST', `/api/keys/${id}/rotate`, { key: chief, body: {} }))).status, 200);
    assert.equal((await world.send(request('DELETE', `/api/keys/${id}`, { key: clerk }))).status, 200, 'taking away is open to whoever administers keys');
  });
  test('by a member that is nobody\'s to set', async () => {
    for (const member of ['id', 'hash', 'createdAtMs', 'role', 'admin', 'revokedAtMs', 'isAdmin']) {
      const reply = await create(clerk, { permissions: ['alpha:get_thing'], [member]: 'x' });
      assert.deepEqual([reply.status, problemOf(reply)['code']], [400, 'admin.input']);
    }
  });
  test('by a member that comes twice', async () => {
    const reply = await world.send(request('POST', '/api/keys', { key: clerk, body: '{"name":"x","owner":"y","permissions":["alpha:get_thing"],"permissions":["*"]}' }));
    assert.deepEqual([reply.status, problemOf(reply)['code']], [400, 'admin.input']);
  });
  test('control: what he holds himself he may give; the secret is said once, kept by nobody, and opens the door', async () => {
    const { position } = world;
    const reply = await create(clerk, { permissions: ['alpha:get_thing'] });
    assert.equal(reply.status, 200, reply.body);
    assert.deepEqual(reply.headers.get('cache-control'), ['no-store']);
    const made = JSON.parse(reply.body) as { secret: string; key: Record<string, unknown> }; // the answer of keys create
    assert.match(made.secret, /^sally_live_/);
    assert.doesNotMatch((await world.send(request('GET', '/api/keys', { key: chief }))).text, new RegExp(made.secret));
    const records = await world.callsOnceThere(position, 2);
    assert.deepEqual([records[0]?.call, records[0]?.target], ['admin/keys/create', 'raised']);
    assert.ok(!JSON.stringify(records).includes(made.secret) && !world.process.stderr().includes(made.secret));
    const status = await world.send(request('GET', '/alpha/mcp/status', { key: made.secret }));
    assert.equal(status.status, 200, 'the next request knows the key');
  });
});

suite('[G06] What is changed by HTTP is on record before it is done', () => {
  const intents = (since: number): readonly string[] => world.records(since).filter(({ type }) => type === 'intent').map(({ id }) => id);

  test('as an intent of the same id; the closing record names the key and what it was given', async () => {
    const { position } = world;
    const reply = await world.send(request('POST', '/api/keys', { key: chief, body: { name: 'told', owner: 'o', permissions: ['alpha:get_thing'] } }));
    const { key } = JSON.parse(reply.body) as { key: { id: string } }; // the answer of keys create
    const [call] = await world.callsOnceThere(position, 1);
    assert.deepEqual([call?.changed, call?.arguments], [{ count: 1, ids: [key.id] }, { owner: 'o', permissions: ['alpha:get_thing'] }]);
    assert.deepEqual(intents(position), [call?.id]);
  });

  test('and neither a look, nor a dry run, nor who may not, has an intent', async () => {
    const { position } = world;
    await world.send(request('GET', '/api/keys', { key: chief }));
    await world.send(request('POST', '/api/keys/revoke-all', { key: chief, body: { filter: { owner: 'o' }, dryRun: true } }));
    await world.send(request('POST', '/api/keys', { key: plain, body: { name: 'x', owner: 'o', permissions: ['alpha:get_thing'] } }));
    await world.callsOnceThere(position, 3);
    assert.deepEqual(intents(position), []);
  });
});

suite('[W03] What is only tried out by HTTP', () => {
  test('changes nothing, shows no secret, and needs the same rights', async () => {
    const { id, secret } = await world.mint(['alpha:get_thing']);
    const { position } = world;
    const off = await world.send(request('POST', `/api/keys/${id}/disable`, { key: chief, body: { dryRun: true } }));
    assert.deepEqual([off.status, problemOf(off)['dryRun']], [200, true], off.body);
    const made = await world.send(request('POST', '/api/keys', { key: clerk, body: { name: 'tried', owner: 'o', permissions: ['alpha:get_thing'], dryRun: true } }));
    assert.deepEqual([made.status, /sally_live_\w{49}/.test(made.body)], [200, false], made.body);
    assert.equal((await world.send(request('POST', '/api/keys', { key: clerk, body: { name: 'tried', owner: 'o', permissions: ['*'], dryRun: true } }))).status, 403);
    assert.equal((await world.send(request('POST', `/api/keys/${id}/disable`, { key: plain, body: { dryRun: true } }))).status, 403);
    assert.equal((await world.send(request('POST', `/api/keys/${id}/disable`, { key: chief, body: { dryRun: 'yes' } }))).status, 400);
    const revoked = await world.send(request('DELETE', `/api/keys/${id}?dryRun=true`, { key: chief }));
    assert.deepEqual([revoked.status, problemOf(revoked)['dryRun']], [200, true], revoked.body);
    for (const query of ['dryRun=yes', 'dryRun=true&dryRun=true', 'dryrun=true', 'id=key_1']) assert.equal((await world.send(request('DELETE', `/api/keys/${id}?${query}`, { key: chief }))).status, 400, query);
    assert.equal((await world.send(request('DELETE', `/api/keys/${id}?dryRun=true`, { key: plain }))).status, 403);
    assert.equal((await world.send(request('GET', '/alpha/mcp/status', { key: secret }))).status, 200);
    assert.ok(!(await world.send(request('GET', '/api/keys', { key: chief }))).body.includes('"tried"'));
    await world.callsOnceThere(position, 13);
    assert.deepEqual(world.records(position).filter(({ type, changed }) => type === 'intent' || changed !== undefined), []);
  });

  test('control: without the trial it is done', async () => {
    const { id, secret } = await world.mint(['alpha:get_thing']);
    assert.equal((await world.send(request('POST', `/api/keys/${id}/disable`, { key: chief, body: { dryRun: false } }))).status, 200);
    assert.equal((await world.send(request('GET', '/alpha/mcp/status', { key: secret }))).status, 401);
  });
});

suite('A leak that is reported by HTTP', () => {
  test('may be the lines of a log, and every key in them is refused at once; none of it comes back', async () => {
    const [one, two] = [await world.mint(['alpha:get_thing']), await world.mint(['alpha:get_thing'])];
    const text = `GET /mcp?api_key=${one.secret} 200\n"X-API-Key: ${two.secret}"\nsally_live_cutoff`;
    assert.equal((await world.send(request('POST', '/api/leaks', { key: plain, body: { text } }))).status, 403);
    const reply = await world.send(request('POST', '/api/leaks', { key: chief, body: { text } }));
    const report = JSON.parse(reply.body) as { readonly keys: readonly { readonly key: { readonly id: string; readonly state: string } }[]; readonly damaged: number }; // the answer of leaks report
    assert.deepEqual([reply.status, report.keys.map(({ key }) => [key.id, key.state]), report.damaged], [200, [[one.id, 'quarantined'], [two.id, 'quarantined']], 1]);
    for (const { secret } of [one, two]) {
      assert.ok(!reply.text.includes(secret));
      assert.equal((await world.send(request('GET', '/alpha/mcp/status', { key: secret }))).status, 401);
    }
  });
});

suite('[W02] No web page administers', () => {
  const origins = ['https://evil.example', 'http://localhost:3000', 'null', 'http://127.0.0.1:1', 'https://127.0.0.1.evil.example'];
  for (const origin of origins) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      test(`${method} from ${origin}`, async () => {
        const reply = await world.send(request(method, method === 'DELETE' ? '/api/keys/key_1' : '/api/keys', { key: chief, headers: [['Origin', origin]], ...(method === 'POST' ? { body: {} } : {}) }));
        assert.deepEqual([reply.status, problemOf(reply)['code']], [403, 'http.origin-refused']);
        assert.deepEqual([...reply.headers.keys()].filter((name) => name.startsWith('access-control')), []);
      });
    }
  }
  test('a preflight is answered to nobody', async () => {
    for (const origin of ['https://evil.example', 'http://127.0.0.1']) {
      const reply = await world.send(request('OPTIONS', '/api/keys', { headers: [['Origin', origin], ['Access-Control-Request-Method', 'POST']] }));
      assert.ok(reply.status === 403 || reply.status === 405, String(reply.status));
      assert.equal(reply.headers.get('access-control-allow-origin'), undefined);
    }
  });
  test('a rebound name is not ours', async () => {
    const rebound = { ...request('GET', '/api/keys', { key: chief }), headers: [['Host', 'evil.example'], ['X-API-Key', chief], ['Connection', 'close']] as const };
    assert.equal(problemOf(await world.send(rebound))['code'], 'http.host-refused');
  });
  test('what a form can send is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const reply = await world.send({ method: 'POST', target: '/api/keys', headers: [['Host', '127.0.0.1'], ['X-API-Key', chief], ['Content-Type', type], ['Connection', 'close']], body: '{}' });
      assert.equal(problemOf(reply)['code'], 'http.media-type');
    }
  });
  test('no cookie, and no key in the URL, lets anybody in', async () => {
    const cookie = await world.send(request('GET', '/api/keys', { headers: [['Cookie', `session=${chief}; X-API-Key=${chief}`]] }));
    assert.equal(problemOf(cookie)['code'], 'credential.missing');
    const inUrl = await world.send(request('GET', `/api/keys?api_key=${chief}`));
    assert.equal(problemOf(inUrl)['code'], 'credential.query-off');
    assert.ok(!inUrl.text.includes(chief));
  });
  test('control: the gateway\'s own page, and a Bearer key, may', async () => {
    assert.equal((await world.send(request('GET', '/api/keys', { key: chief, headers: [['Origin', 'http://127.0.0.1']] }))).status, 200);
    assert.equal((await world.send(request('GET', '/api/openapi.json', { headers: [['Authorization', `Bearer ${chief}`]] }))).status, 200);
  });
});

suite('[W05] Nothing is open to who has no key', () => {
  for (const path of ['/metrics', '/debug', '/debug/pprof/heap', '/heapdump', '/api', '/api/', '/api/debug', '/api/recover', '/admin', '/env', '/actuator', '/.well-known/sallyport', '/api/openapi.json', '/api/keys/../keys', '/api/keys%2F', '//api/keys', '/API/keys']) {
    test(path, async () => {
      const reply = await world.send(request('GET', path));
      assert.ok(reply.status === 401 || reply.status === 404, `${String(reply.status)} ${reply.body}`);
      world.assertDiscreet(reply.text);
    });
  }
  test('the document of all operations is for operators', async () => {
    assert.equal((await world.send(request('GET', '/api/openapi.json', { key: plain }))).status, 403);
    const reply = await world.send(request('GET', '/api/openapi.json', { key: reader }));
    assert.equal(problemOf(reply)['openapi'], '3.1.0');
  });
});

test('listen.admin: false switches it off', async () => {
  await using off = await AttackWorld.start({ listen: { admin: false } });
  const { secret } = await off.mint(['alpha:get_thing', 'admin:*']);
  assert.equal(problemOf(await off.send(request('GET', '/api/keys', { key: secret })))['code'], 'http.not-found');
});

test('[W03] One operator cannot keep the admin API busy: past the limit of a person the answer is 429, for all keys of theirs', async () => {
  const replies = await Promise.all(Array.from({ length: 600 }, () => world.send(request('GET', '/api/keys', { key: reader }))));
  const reply = replies.find(({ status }) => status === 429);
  assert.ok(reply !== undefined && replies.every(({ status }) => status === 200 || status === 429));
  const { code, limit, raise } = JSON.parse(reply.body) as Record<string, unknown>; // a problem document
  assert.deepEqual([code, limit, raise], ['limit.exceeded', 'admin', 'limits: { admin: { perSecond: 40, burst: 400 } }']);
});
