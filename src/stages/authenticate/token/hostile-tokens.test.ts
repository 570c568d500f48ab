import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as holds, asyncProperty, constantFrom, nat, oneof, tuple } from 'fast-check';
import { CORPUS_AUDIENCE, corpusIssuers, goodToken, hostileTokens } from '../../../../test/world/hostile-tokens.ts';
import { TokenRoom } from '../../../../test/world/token-room.ts';

const room = (): TokenRoom => new TokenRoom({ issuers: corpusIssuers(), servers: { alpha: { url: 'http://127.0.0.1:1/mcp', audience: [CORPUS_AUDIENCE] } } });

/** The corpus of attacks.md group B at the door itself: what is wrong with each token is known by its reason, and nothing was asked of anybody. */
suite('Of the hostile tokens', () => {
  const corpus = hostileTokens();

  for (const [row, tokens] of corpus) {
    test(`[${row}] none of ${String(tokens.length)} opens anything, each for its own reason`, async () => {
      const world = room();
      const asked = world.network.sent.length;
      for (const { name, token, reason } of tokens) {
        const { code, circumstances } = await world.refuses(token);
        assert.ok(circumstances.reason.includes(reason), `${name}: "${circumstances.reason}" instead of "${reason}"`);
        assert.equal(code, reason === 'has expired' ? 'token.expired' : 'token.invalid', name);
      }
      assert.equal(world.network.sent.length, asked, 'a token made the gateway connect to somebody');
    });
  }

  test('there are 300 and more, no two alike, and none is the good one', () => {
    const all = [...corpus.values()].flat().map(({ token }) => token);
    assert.ok(all.length >= 300);
    assert.ok(new Set(all).size >= all.length - 10);
    assert.ok(!all.includes(goodToken()));
  });

  test('control: the token they differ from opens', async () => {
    assert.equal((await room().opens(goodToken())).subject, 'corp:user-1');
  });
});

suite('Any change of a good token', () => {
  const good = goodToken();
  const positions = nat({ max: good.length - 1 });
  const character = constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= ');

  test('makes it open nothing: a character replaced, left out or put in (J11)', async () => {
    const world = room();
    const changes = oneof(
      tuple(positions, character).map(([at, letter]) => good.slice(0, at) + letter + good.slice(at + 1)),
      positions.map((at) => good.slice(0, at) + good.slice(at + 1)),
      tuple(positions, character).map(([at, letter]) => good.slice(0, at) + letter + good.slice(at)),
      tuple(positions, positions).map(([left, right]) => good.slice(0, Math.min(left, right)) + good.slice(Math.max(left, right))),
    );
    await holds(asyncProperty(changes.filter((token) => token !== good && token.includes('.')), async (token) => (await world.ask(token)).kind === 'rejected'), { numRuns: 1_000 });
  });
});
