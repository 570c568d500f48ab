import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { KeyHasher, KeyIndex } from '../../src/stages/authenticate/key-index.ts';
import { buildApiKey } from '../../src/stages/authenticate/api-key.ts';
import type { IndexedKey } from '../../src/stages/authenticate/key-index.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseApiKeysVariable } from '../../src/config/api-keys-variable.ts';
import { formatApiKey } from '../../src/model/api-key.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { KEYS } from '../world/attack-config.ts';
import { aPrincipal, aShielded } from '../world/exchanges.ts';
import { bodiless, calling } from '../world/mcp-requests.ts';
import type { HeaderLines, RawReply, RequestParts } from '../world/raw-http.ts';

/** Group A: who has no key, or not this one, gets nowhere and learns nothing. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const refused = async (...asked: Parameters<AttackWorld['refuses']>): Promise<void> => void (await world.refuses(...asked));
const passed = async (request: RequestParts): Promise<void> => void (await world.passes(request));

const MISSING = { status: 401, code: 'credential.missing' } as const;
const INVALID = { status: 401, code: 'credential.invalid' } as const;
const challengeOf = (reply: RawReply): string | undefined => reply.headers.get('www-authenticate')?.join();
const withHeaders = (...headers: HeaderLines) => calling('get_thing', { key: null, headers });
const bearer = (text: string): HeaderLines[number] => ['Authorization', text];

suite('Without a credential there is a bare challenge, which calls nothing invalid', () => {
  const absent: readonly (readonly [string, HeaderLines])[] = [
    ['nothing', []],
    ['an empty key', [['X-API-Key', '']]],
    ['a key of white space', [['X-API-Key', ' \t ']]],
    ['Bearer alone', [bearer('Bearer')]],
    ['Bearer and white space', [bearer('Bearer   ')]],
    ['another scheme', [bearer(`Basic ${Buffer.from(KEYS.full).toString('base64')}`)]],
    ['a scheme nobody knows', [bearer(`Key ${KEYS.full}`)]],
    ['the key without a scheme', [bearer(KEYS.full)]],
    ['a scheme glued to the key', [bearer(`Bearer${KEYS.full}`)]],
    ['the key in a cookie', [['Cookie', `api_key=${KEYS.full}`]]],
    ['the key under a name like ours', [['X_API_Key', KEYS.full], ['X-Api-Keys', KEYS.full], ['Api-Key', KEYS.full]]],
  ];
  for (const [what, headers] of absent) {
    test(`[K01] ${what}`, async () => {
      const challenge = challengeOf(await world.refuses(withHeaders(...headers), MISSING));
      assert.equal(challenge, 'Bearer realm="alpha"');
    });
  }
  for (const query of ['', 'api_key=', 'api_key', 'api_key=%20%09', `API_KEY=${KEYS.full}`, `x=api_key=${KEYS.full}`, `;api_key=${KEYS.full}`]) {
    test(`[K01] a query such as ?${query.slice(0, 12)}`, () => refused(calling('get_thing', { key: null, target: `/alpha/mcp?${query}` }), MISSING));
  }
  for (const [how, headers] of [['in its header', [['x-api-KEY', KEYS.full]]], ['as a bearer of any case', [bearer(`bEARER  ${KEYS.full} `)]]] as const) {
    test(`[K01] control: the key ${how} opens`, () => passed(withHeaders(...headers)));
  }
});

const sound = formatApiKey('live', new Uint8Array(32).fill(7));
const damaged = sound.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'));

class CountedHasher extends KeyHasher {
  hashed = 0;

  override hash(presented: string): Buffer {
    this.hashed += 1;
    return super.hash(presented);
  }
}

class CountedIndex extends KeyIndex {
  searched = 0;
  remembered = 0;

  override find(keyHash: Buffer, ours?: boolean): IndexedKey | undefined {
    this.searched += 1;
    return super.find(keyHash, ours);
  }

  override remember(digest: string, key: IndexedKey): void {
    this.remembered += 1;
    super.remember(digest, key);
  }
}

/** The way in before these keys, with every hashing and look-up counted. */
function countedWayIn(keys: Readonly<Record<string, Partial<IndexedKey>>> = {}) {
  const [hasher, index] = [new CountedHasher(Buffer.alloc(32, 1)), new CountedIndex()];
  index.replace(Object.entries(keys).map(([secret, more]) => ({ hash: hasher.hash(secret), principal: aPrincipal({ credentialId: secret }), revoked: false, guessable: false, ...more })));
  hasher.hashed = 0;
  const wayIn = buildApiKey({ index, hasher, clock: { nowMs: () => 1_000 } });
  return {
    work: () => ({ hashed: hasher.hashed, searched: index.searched, remembered: index.remembered }),
    present: (value: string) => wayIn.authenticate(aShielded(), { place: 'header', value }),
  };
}

suite('A key that is none costs nothing, and all that are refused cost and say the same', () => {
  for (const [what, key] of [['in its last character', damaged], ['cut short', sound.slice(0, -1)], ['too long', `${sound}0`], ['in its environment', sound.replace('_live_', '_prod_')], ['its prefix alone', 'sally_'], ['in upper case', sound.toUpperCase().replace('SALLY', 'sally')]] as const) {
    test(`[K02] a key of our form that is wrong ${what} is refused`, async () => assert.match(challengeOf(await world.refuses(calling('get_thing', { key }), INVALID)) ?? '', /error="invalid_token"/));
  }

  test('[K02] and nothing is hashed with the secret or looked up for it', async () => {
    const { work, present } = countedWayIn();
    for (let times = 0; times < 50; times += 1) assert.equal((await present(damaged)).kind, 'rejected');
    assert.deepEqual(work(), { hashed: 0, searched: 0, remembered: 0 });
  });

  test('[K03] unknown, revoked, expired and foreign keys take the same steps, each time anew', async () => {
    const keys = { revoked: { revoked: true }, expired: { principal: aPrincipal({ expiresAtMs: 1_000 }) }, foreign: { environment: 'test' as const } };
    for (const secret of ['unknown', ...Object.keys(keys)]) {
      const { work, present } = countedWayIn(keys);
      for (let times = 1; times <= 3; times += 1) {
        assert.equal((await present(secret)).kind, 'rejected');
        assert.deepEqual(work(), { hashed: times, searched: times, remembered: 0 }, secret);
      }
    }
  });

  test('[K03] control: a live key is hashed once and then remembered', async () => {
    const { work, present } = countedWayIn({ live: {} });
    for (let times = 0; times < 3; times += 1) assert.equal((await present('live')).kind, 'proven');
    assert.deepEqual(work(), { hashed: 1, searched: 1, remembered: 1 });
  });

  test('[K03] and get the same reply, but for its id', async () => {
    const [expired, revoked, forTest] = [await world.mint(['*'], { expiresAtMs: 1_000 }), await world.mint(['*']), await world.mint(['*'], { environment: 'test', server: 'staging' })];
    world.store.apiKeys.revoke(revoked.id, Date.now());
    // The gateway follows the store within a tenth of a second; what is refused later is compared.
    await world.refusedOnceKnown(calling('get_thing', { key: revoked.secret }));
    const keys = ['unknown-key-0123456789abcdef', formatApiKey('live', new Uint8Array(32)), expired.secret, revoked.secret, forTest.secret, KEYS.expired];
    const replies: string[] = [];
    for (const key of keys) {
      const reply = await world.refuses(calling('get_thing', { key }), INVALID);
      const id = reply.headers.get('x-request-id')?.[0] ?? 'none';
      replies.push(reply.text.replaceAll(id, 'ID').replace(/Date: [^\r]+/, 'Date'));
    }
    assert.deepEqual(new Set(replies).size, 1, replies.join('\n'));
  });
});

suite('Keys cannot be made from outside', () => {
  const body = JSON.stringify({ userId: 'mallory', role: 'admin', permissions: ['*'], name: 'mine' });
  for (const target of ['/keys', '/admin/keys', '/api/key', '/api/auth/api-key/create', '/alpha/mcp/keys', '/mcp/keys']) {
    test(`[K07] ${target} leads nowhere`, () => refused({ target, headers: [['Host', 'localhost'], ['Content-Type', 'application/json'], ['Connection', 'close']], body }, { status: 404, code: 'http.not-found' }));
  }
  test('[K07] where something is, it asks for a key first, and no key exists afterwards', async () => {
    const before = world.store.apiKeys.page({ limit: 1_000 }).length;
    for (const target of ['/alpha/mcp', '/alpha/mcp/status', '/api/keys']) await world.refuses(calling('get_thing', { key: null, target, body }), MISSING);
    await world.refuses(calling('get_thing', { key: KEYS.reader, target: '/api/keys', body }), { status: 403, code: 'permission.denied' });
    assert.equal(world.store.apiKeys.page({ limit: 1_000 }).length, before);
  });
});

suite('Two credentials are refused, whatever either may do', () => {
  const [full, other] = [KEYS.full, KEYS.other];
  const twice: readonly (readonly [string, Parameters<typeof calling>[1]])[] = [
    ['key and bearer', { key: full, headers: [bearer(`Bearer ${other}`)] }],
    ['key and bearer that are the same', { key: full, headers: [bearer(`Bearer ${full}`)] }],
    ['good key and bad bearer', { key: full, headers: [bearer('Bearer nonsense')] }],
    ['bad key and good bearer', { key: 'nonsense', headers: [bearer(`Bearer ${full}`)] }],
    ['header and query', { key: full, target: `/alpha/mcp?api_key=${other}` }],
    ['bearer and query', { key: null, headers: [bearer(`Bearer ${full}`)], target: `/alpha/mcp?api_key=${full}` }],
    ['two in the query', { key: null, target: `/alpha/mcp?api_key=${full}&api_key=${other}` }],
    ['two in the query, one encoded', { key: null, target: `/alpha/mcp?api_key=${full}&api%5Fkey=${other}` }],
  ];
  for (const [what, asked] of twice) test(`[K09] ${what}`, () => refused(calling('get_thing', asked), { status: 400, code: 'credential.multiple' }));
  for (const [what, headers] of [['two key lines', [['x-api-key', other]]], ['two Authorization lines', [bearer(`Bearer ${other}`), bearer('Basic x')]]] as const) {
    test(`[K09] ${what}`, () => refused(calling('get_thing', { key: full, headers }), { status: 400, code: 'http.headers-refused' }));
  }
});

suite('A key in the URL leaves no trace', () => {
  test('[K10] it opens, and neither record, reply nor upstream hold it', async () => {
    const { position } = world;
    const heard = world.canary.capture.length;
    const reply = await world.passes(calling('get_thing', { key: null, target: `/alpha/mcp?api_key=${KEYS.full}&x=1` }));
    const traces = [JSON.stringify(await world.callsOnceThere(position, 1)), reply.text, world.canary.capture.toString('latin1', heard), world.process.stderr()];
    for (const trace of traces) assert.ok(!trace.includes(KEYS.full), trace);
    assert.deepEqual(reply.headers.get('cache-control'), ['no-store']);
  });
  test('[K10] nor does a refusal, of whatever path', async () => {
    const { position } = world;
    for (const target of [`/nowhere?api_key=${KEYS.full}`, `http://127.0.0.1/alpha/mcp?api_key=${KEYS.full}`]) await world.refuses(calling('get_thing', { key: null, target }), { status: 404, code: 'http.not-found' });
    await world.refuses(calling('delete_thing', { key: null, target: `/alpha/mcp?api_key=${KEYS.reader}` }), { status: 403, code: 'permission.denied' });
    assert.doesNotMatch(JSON.stringify(world.records(position)), /(?:full|reader)-key/);
  });
  test('[K10] an access token in the query is not looked at', () => refused(calling('get_thing', { key: null, target: `/alpha/mcp?access_token=${KEYS.full}` }), MISSING));
});

suite('A key opens what it was made for, and nothing else', () => {
  test('[K11] test keys open test servers only, live keys live servers only', async () => {
    const [live, forTest] = [await world.mint(['*']), await world.mint(['*'], { environment: 'test', server: 'staging' })];
    await world.refuses(calling('get_thing', { key: forTest.secret }), INVALID);
    await world.refuses(calling('get_thing', { key: live.secret, server: 'staging' }), INVALID);
    await world.passes(calling('get_thing', { key: live.secret }));
    await world.passes(calling('get_thing', { key: forTest.secret, server: 'staging' }));
  });
  test('[K11] a sound key of another gateway opens nothing', () => refused(calling('get_thing', { key: sound }), INVALID));
  test('[K11] a key for one server is refused at another', () => refused(calling('get_thing', { key: KEYS.reader, server: 'beta' }), { status: 403, code: 'permission.denied' }));
});

suite('Names of JavaScript are names like others', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];
  for (const key of NAMES) test(`[K13] ${key} as a key`, () => refused(calling('get_thing', { key }), INVALID));
  for (const name of NAMES.slice(0, 3)) {
    test(`[K13] ${name} as a key of MCP_API_KEYS, or as a member there, is a clean error of configuration`, () => {
      const entry = '{"name":"n","userId":"u","permissions":["*"]}';
      const inside = `{"a-secret-0123456789abc":{"name":"n","userId":"u","permissions":["*"],"${name}":{"permissions":["*"]}}}`;
      for (const text of [`{"${name}":${entry}}`, inside]) {
        assert.throws(() => parseApiKeysVariable(text), (error) => error instanceof ConfigError && /entry 1/.test(error.message) && !error.message.includes('a-secret'));
      }
      assert.deepEqual(Object.keys(Object.prototype), []);
    });
  }
  test('[K13] control: an entry with an ordinary name is read', () => assert.equal(parseApiKeysVariable('{"a-secret-0123456789abc":{"name":"n","userId":"u","permissions":["*"]}}').length, 1));
});

test('[K01] the status page is behind the same door', () => refused(bodiless('GET', { key: null, target: '/alpha/mcp/status' }), MISSING));
