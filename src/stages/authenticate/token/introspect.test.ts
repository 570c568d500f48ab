import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { jsonAnswer, type Scripted } from '../../../../test/world/scripted-network.ts';
import { ISSUER, TokenRoom } from '../../../../test/world/token-room.ts';

const ENDPOINT = `${ISSUER}/introspect`;
const TOKEN = 'opaque-token-0123456789';
const AUDIENCE = 'http://127.0.0.1:3210/alpha/mcp';
const SECRET = 'p:ss w+rd';

const room = (answer: Scripted): TokenRoom =>
  new TokenRoom({
    issuer: { discovery: 'off', introspection: { url: ENDPOINT, clientId: 'gate way', clientSecret: 'env:SECRET' } },
    environment: { SECRET },
    network: { [ENDPOINT]: answer },
  });

type Section = Readonly<Record<string, unknown>>;

const active = (more: Section = {}): Section => ({ active: true, sub: 'user-1', aud: AUDIENCE, client_id: 'client-1', scope: 'alpha:get_thing openid', ...more });

suite('An opaque token', () => {
  test('opens when its issuer says that it is active and for this server, and is asked about with the gateway\'s own credential (RFC 7662 §2.1)', async () => {
    const world = room(active());
    const principal = await world.opens(TOKEN);
    assert.deepEqual([principal.subject, principal.clientId, principal.permissions.texts()], ['corp:user-1', 'client-1', ['alpha:get_thing']]);
    const [question] = world.network.sent;
    assert.equal(question?.headers?.['authorization'], `Basic ${Buffer.from('gate+way:p%3Ass+w%2Brd').toString('base64')}`);
    assert.equal(question.body, `token=${TOKEN}&token_type_hint=access_token`);
  });

  test('of a client that acts for itself is of a subject that no person can be', async () => {
    assert.equal((await room(active({ sub: undefined })).opens(TOKEN)).subject, 'corp:client:client-1');
  });

  test('is refused when the issuer says no more than that it is not (§2.2)', async () => {
    const { code, circumstances } = await room({ active: false }).refuses(TOKEN);
    assert.deepEqual([code, circumstances.reason], ['token.invalid', 'no issuer says that it is active']);
  });

  const wrong: readonly (readonly [string, Section, RegExp])[] = [
    ['no recipient', { aud: undefined }, /no recipient/],
    ['a sibling as its recipient', { aud: 'http://127.0.0.1:3210/beta/mcp' }, /not for this server/],
    ['another issuer', { iss: 'https://evil.example' }, /another issuer/],
    ['neither a subject nor a client', { sub: undefined, client_id: undefined }, /no sub/],
    ['the type of a refresh token', { token_type: 'refresh_token' }, /no access token/],
    ['a time that is over', { exp: 1 }, /has expired/],
    ['a time to come', { nbf: 9_999_999_999 }, /not good yet/],
    ['what only ID tokens have', { nonce: 'x' }, /nonce/],
    ['a key that it is bound to', { cnf: { jkt: 'A'.repeat(43) } }, /sent as a bearer/],
  ];
  for (const [what, more, reason] of wrong) {
    test(`that is active is refused with ${what}`, async () => {
      assert.match((await room(active(more)).refuses(TOKEN)).circumstances.reason, reason);
    });
  }

  const broken: readonly (readonly [string, Scripted])[] = [
    ['does not answer', new Error('down')],
    ['refuses the gateway', () => jsonAnswer({ error: 'invalid_client' }, 401)],
    ['fails', () => jsonAnswer({}, 500)],
    ['says nothing', {}],
    ['says it as a text', { active: 'true', sub: 'user-1', aud: AUDIENCE }],
    ['says it twice', () => ({ status: 200, headers: {}, body: Buffer.from('{"active":false,"active":true}') })],
    ['answers with a page', () => ({ status: 200, headers: {}, body: Buffer.from('<html>') })],
  ];
  for (const [what, answer] of broken) {
    test(`is not believed, and not called invalid, when the endpoint ${what}`, async () => {
      const { code, circumstances } = await room(answer).refuses(TOKEN);
      assert.equal(code, 'token.unchecked');
      assert.ok(!JSON.stringify(circumstances).includes(TOKEN) && !circumstances.reason.includes(SECRET));
    });
  }

  test('is asked about once, however many requests bring it, and anew when the answer is ten seconds old', async () => {
    const world = room(active());
    await Promise.all(Array.from({ length: 50 }, () => world.opens(TOKEN)));
    await world.opens(TOKEN);
    assert.equal(world.network.count(ENDPOINT), 1);
    world.network.script(ENDPOINT, { active: false });
    world.clock.move(10_000);
    await world.refuses(TOKEN);
  });

  test('is believed no longer than it lives', async () => {
    const world = room(active({ exp: 1_785_232_805 })); // five seconds from the start of the moved clock
    await world.opens(TOKEN);
    world.clock.move(5_000);
    await world.opens(TOKEN);
    assert.equal(world.network.count(ENDPOINT), 2, 'within the leeway it is asked about again');
    world.clock.move(60_000);
    assert.equal((await world.refuses(TOKEN)).code, 'token.expired');
  });

  test('of an address that guesses is not asked about (K12)', async () => {
    const world = room(active());
    await world.refuses(TOKEN, { suspected: true });
    assert.equal(world.network.count(ENDPOINT), 0);
  });

  test('is asked about by nobody where no issuer of the server answers questions', async () => {
    const world = new TokenRoom();
    assert.equal((await world.ask(TOKEN)).kind, 'absent');
  });

  test('has its questions bounded: past 64 at once nobody waits', async () => {
    const world = room(() => new Promise(() => {}));
    for (let at = 0; at < 64; at += 1) void world.ask(`${TOKEN}-${String(at)}`);
    assert.equal((await world.refuses(`${TOKEN}-more`)).code, 'token.unchecked');
  });
});
