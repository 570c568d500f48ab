import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { AttackWorld } from '../world/attack-world.ts';
import { bodiless } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import { goodClaims, TestKey } from '../world/token-issuer.ts';

/** Group B, what time does to a token: what it has opened ends with it, and the next one of the same person is another. */

const key = new TestKey('ES256', 'key-1');
const world = await AttackWorld.start({ issuers: { corp: { issuer: 'https://idp.example', leewaySeconds: 0, keys: { keys: [key.jwk] } } }, alpha: { audience: ['alpha'] } });
after(() => world[Symbol.asyncDispose]());

const tokenFor = (seconds: number, jti: string): string => {
  const now = Math.ceil(Date.now() / 1000);
  return key.sign(goodClaims('https://idp.example', Date.now(), { aud: 'alpha', scope: 'alpha:*', jti, exp: now + seconds }));
};

const listening = (token: string) => bodiless('GET', { key: null, headers: [['Authorization', `Bearer ${token}`]] });

const openStream = async (token: string): Promise<Dialogue> => {
  const dialogue = new Dialogue(world.port);
  dialogue.write(written(listening(token)));
  assert.equal((await dialogue.head()).status, 200);
  return dialogue;
};

suite('A stream that a token has opened', () => {
  test('[M06] ends when the token does, while that of the next token of the same person goes on', async () => {
    const { position } = world;
    const short = tokenFor(2, 'short');
    using ending = await openStream(short);
    using kept = await openStream(tokenFor(600, 'next'));
    await ending.end(8_000);
    assert.equal(kept.ended, false);
    const [record] = await world.callsOnceThere(position, 1);
    assert.deepEqual([record?.token, record?.ended], ['short', 'revoked']);
    await world.refuses(listening(short), { status: 401, code: 'token.expired' });
    assert.equal(kept.ended, false);
  });
});
