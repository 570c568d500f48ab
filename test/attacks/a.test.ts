import { after, suite, test } from 'node:test';
import { AttackWorld } from '../world/attack-world.ts';
import { KEYS } from '../world/attack-config.ts';
import { calling } from '../world/mcp-requests.ts';

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

suite('smoke', () => {
  test('[K01] x', async () => {
    await world.passes(calling('get_thing', { key: KEYS.full }));
    await world.refuses(calling('get_thing', { key: null }), { status: 401, code: 'credential.missing' });
    for (let i = 0; i < 100; i++) await world.refuses(calling('get_thing', { key: null }), { status: 401, code: 'credential.missing' });
  });
});
