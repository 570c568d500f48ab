import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TestKey, type TestAlgorithm } from '../../../../test/world/token-issuer.ts';
import { ISSUER, JWKS, TokenRoom } from '../../../../test/world/token-room.ts';

suite('An access token', () => {
  for (const algorithm of ['RS256', 'PS256', 'ES256', 'EdDSA'] satisfies TestAlgorithm[]) {
    test(`signed with ${algorithm} opens the server it is for (RS-7)`, async () => {
      const room = new TokenRoom({ keys: [new TestKey(algorithm, 'key-1')] });
      assert.equal((await room.opens(room.token())).subject, 'corp:user-1');
    });
  }

  test('in an algorithm that is not the issuer\'s opens nothing (RFC 8725 §3.1)', async () => {
    const room = new TokenRoom({ issuer: { algorithms: ['RS256'] } });
    const { code, circumstances } = await room.refuses(room.token());
    assert.equal(code, 'token.invalid');
    assert.match(circumstances.reason, /algorithm ES256/);
  });

  test('for one server opens no sibling, neither first nor once it is remembered (RS-7, P03)', async () => {
    const room = new TokenRoom();
    assert.match((await room.refuses(room.token(), { server: 'beta' })).circumstances.reason, /not for this server/);
    await room.opens(room.token());
    assert.match((await room.refuses(room.token(), { server: 'beta' })).circumstances.reason, /not for this server/);
    const both = room.token({ aud: ['http://127.0.0.1:3210/beta/mcp', 'http://127.0.0.1:3210/alpha/mcp'] });
    await room.opens(both);
    await room.opens(both, { server: 'beta' });
  });

  test('of an issuer that another server accepts opens nothing here', async () => {
    const room = new TokenRoom({ servers: { beta: { url: 'http://127.0.0.1:2/mcp', issuers: [], audience: ['http://127.0.0.1:3210/alpha/mcp'] } } });
    await room.opens(room.token());
    assert.equal((await room.ask(room.token(), { server: 'beta' })).kind, 'absent');
  });

  test('is verified once and then remembered, and what may change is asked every time (J15)', async () => {
    const room = new TokenRoom();
    const token = room.token();
    const first = await room.opens(token);
    assert.equal(await room.opens(token), first);
    room.denied = ({ tokenId }) => (tokenId === 'token-1' ? 'revoked by alice' : undefined);
    assert.match((await room.refuses(token)).circumstances.reason, /revoked by alice/);
    room.denied = () => undefined;
    assert.equal(await room.opens(token), first);
  });

  test('stands for the whole of its person only where its scopes are no permissions here (D2)', async () => {
    const room = new TokenRoom();
    assert.equal((await room.opens(room.token({ scope: 'openid profile' }))).whole, true);
    assert.equal((await room.opens(room.token({ scope: 'openid alpha:get_thing' }))).whole, undefined);
  });

  test('that is refused pushes no good one out of memory', async () => {
    const room = new TokenRoom();
    const token = room.token();
    const first = await room.opens(token);
    for (let at = 0; at < 25_000; at += 1) await room.refuses(`e${String(at)}.x.y`);
    assert.equal(await room.opens(token), first);
  });

  test('that was remembered ends with its time and not later than the leeway (J10)', async () => {
    const room = new TokenRoom();
    const token = room.token();
    await room.opens(token);
    room.clock.move(3_600_000 + 59_000);
    await room.opens(token);
    room.clock.move(2_000);
    assert.equal((await room.refuses(token)).code, 'token.expired');
  });

  test('whose key the issuer has withdrawn opens nothing from the next fetch on (S02)', async () => {
    const room = new TokenRoom();
    const token = room.token();
    await room.opens(token);
    room.network.script(JWKS, { keys: [new TestKey('ES256', 'key-2').jwk] });
    room.clock.move(300_000);
    await new Promise(setImmediate);
    assert.match((await room.refuses(token)).circumstances.reason, /no key of its issuer/);
    room.network.script(JWKS, { keys: [room.key.jwk] });
    room.clock.move(300_000);
    await new Promise(setImmediate);
    await room.opens(token);
  });

  test('of one issuer is not verified by the keys of another, whatever its kid (J05)', async () => {
    const other = new TestKey('ES256', 'key-1');
    const room = new TokenRoom({ issuers: { partner: { issuer: 'https://partner.example', keys: { keys: [other.jwk] } } } });
    await room.opens(other.sign(room.claims({ iss: 'https://partner.example' })));
    assert.match((await room.refuses(other.sign(room.claims()))).circumstances.reason, /signature/);
    assert.match((await room.refuses(room.token({ iss: 'https://partner.example' }))).circumstances.reason, /signature/);
    assert.match((await room.refuses(room.token({ iss: `${ISSUER}/` }))).circumstances.reason, /issuer that is not configured/);
  });

  test('is not looked at where a key stands: in a header of its own or in the URL (RS-12)', async () => {
    const room = new TokenRoom();
    for (const place of ['header', 'query'] as const) assert.equal((await room.ask(room.token(), { place })).kind, 'absent');
  });

  test('without a dot is left to the other ways in, so keys go on as bearers', async () => {
    const room = new TokenRoom();
    assert.equal((await room.ask('sally_live_something')).kind, 'absent');
  });
});

suite('Without the keys of the issuer', () => {
  test('tokens are refused as unchecked, never believed, and work when the issuer is back', async () => {
    const room = new TokenRoom({ network: { [JWKS]: new Error('down') } });
    const { code, circumstances } = await room.refuses(room.token());
    assert.equal(code, 'token.unchecked');
    assert.equal(circumstances.headers?.['Retry-After'], '30');
    assert.match(room.issuers.complaints().join(), /corp: its keys cannot be fetched, and its tokens are refused/);
    room.network.script(JWKS, { keys: [room.key.jwk] });
    room.clock.move(30_000);
    await room.opens(room.token());
    assert.deepEqual(room.issuers.complaints(), []);
  });

  test('the last good ones go on for a day, with an alarm, and not longer', async () => {
    const room = new TokenRoom();
    await room.opens(room.token());
    room.network.script(JWKS, new Error('down'));
    for (let hour = 0; hour < 23; hour += 1) room.clock.move(3_600_000);
    await new Promise(setImmediate);
    await room.opens(room.token());
    assert.match(room.issuers.complaints().join(), /the last ones go on/);
    assert.ok(room.log.said('error').some((line) => line.includes('the last ones go on for a day')));
    room.clock.move(3_600_000 + 300_000);
    await new Promise(setImmediate);
    assert.equal((await room.refuses(room.token())).code, 'token.unchecked');
  });
});
