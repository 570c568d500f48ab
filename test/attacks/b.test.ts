import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { CORPUS_AUDIENCE, corpusIssuers, goodToken, hostileTokens } from '../world/hostile-tokens.ts';
import { calling } from '../world/mcp-requests.ts';
import type { RequestParts } from '../world/raw-http.ts';

/** Group B: a token that is not good in every respect opens nothing, and the server behind sees no byte of it. */

/** Everybody of it is a reader. */
const corpus = { ...corpusIssuers(), corp: { ...(corpusIssuers()['corp'] as object), everyone: ['reader'] } }; // an object, as the corpus says

const world = await AttackWorld.start({
  issuers: corpus,
  alpha: { audience: [CORPUS_AUDIENCE] },
  permissions: { 'read:things': ['alpha:get_thing'] },
  limits: { address: { perSecond: 100_000, burst: 1_000_000 }, invalidCredentials: { perSecond: 100_000, burst: 1_000_000 }, key: { perSecond: 100_000, burst: 1_000_000 } },
});
after(() => world[Symbol.asyncDispose]());

const bearing = (token: string, more: Partial<RequestParts> = {}): RequestParts => ({ ...calling('get_thing', { key: null, headers: [['Authorization', `Bearer ${token}`]] }), ...more });

/** What no header can hold, by its length or its characters, is refused as HTTP before anybody looks at it. */
const fits = ({ token }: { readonly token: string }): boolean => token.length < 15_000 && /^[\u0021-\u00ff]+$/.test(token);

suite('Of the hostile tokens (J01, J02, J04, J05, J06, J07, J08, J10, J11, J13), by HTTP', () => {
  for (const [row, tokens] of hostileTokens()) {
    test(`[${row}] none opens anything, and no byte of it reaches the server`, async () => {
      for (const { token, reason } of tokens.filter(fits)) {
        const { position } = world;
        const reply = await world.refuses(bearing(token), { status: 401, code: reason === 'has expired' ? 'token.expired' : 'token.invalid' });
        assert.match(reply.headers.get('www-authenticate')?.join() ?? '', /^Bearer .*error="invalid_token"/);
        assert.ok(reason === 'has expired' || !reply.text.includes(reason), `the caller reads the private reason: ${reason}`);
        const [record] = world.calls(position);
        assert.ok(record?.reason?.includes(reason) === true, JSON.stringify(record));
        assert.ok(!JSON.stringify(record).includes(token), 'the token is on record');
      }
    });
  }

  test('control: the token they differ from opens, and the record says who, by what issuer and client', async () => {
    const { position } = world;
    await world.passes(bearing(goodToken()));
    const [record] = await world.callsOnceThere(position, 1);
    assert.deepEqual([record?.who, record?.issuer, record?.clientId, record?.token, record?.method, record?.via], ['corp:user-1', 'corp', 'client-1', 'token-1', 'oauth', 'bearer']);
    assert.ok(!JSON.stringify(record).includes(goodToken().slice(0, 60)));
  });

  test('[P02] the token does not travel on', async () => {
    await world.passes(bearing(goodToken()));
    assert.ok(!world.canary.capture.includes(goodToken().slice(-40)));
  });

  test('[P03] a good token opens no sibling of its server', async () => {
    await world.refuses(bearing(goodToken(), { target: '/beta/mcp' }), { status: 401, code: 'token.invalid' });
  });

  test('[K09] a token and a key in one request are refused, however good both are', async () => {
    await world.refuses(calling('get_thing', { key: KEYS.full, headers: [['Authorization', `Bearer ${goodToken()}`]] }), { status: 400, code: 'credential.multiple' });
  });

  test('[K10] a token in the URL is not looked at', async () => {
    await world.refuses(calling('get_thing', { key: null, target: `/alpha/mcp?access_token=${goodToken()}` }), { status: 401, code: 'credential.either-missing' });
  });
});

suite('A server that asks for a key and a token', () => {
  test('[K09] opens to both together, and to neither alone (R34)', async () => {
    await using strict = await AttackWorld.start({ issuers: corpus, alpha: { audience: [CORPUS_AUDIENCE], tokens: { withKey: true } } });
    const pair = calling('get_thing', { key: KEYS.full, headers: [['Authorization', `Bearer ${goodToken()}`]] });
    strict.control = pair;
    const { position } = strict;
    await strict.passes(pair);
    const [record] = await strict.callsOnceThere(position, 1);
    assert.deepEqual([record?.who, record?.key?.startsWith('env_'), record?.credential?.startsWith('oauth_')], ['corp:user-1', true, true]);
    for (const alone of [calling('get_thing', { key: KEYS.full }), bearing(goodToken())]) await strict.refuses(alone, { status: 401, code: 'credential.both-needed' });
    await strict.refuses(calling('get_thing', { key: 'made-up-key-0123456789', headers: [['Authorization', `Bearer ${goodToken()}`]] }), { status: 401, code: 'credential.invalid' });
    const reply = await strict.send(calling('get_thing', { key: KEYS.nothing, headers: [['Authorization', `Bearer ${goodToken()}`]] }));
    assert.equal(reply.status, 403, 'a key without rights adds nothing, and the token goes no further than it');
  });
});
