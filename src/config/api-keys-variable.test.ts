import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { apiKeyWarnings, parseApiKeysVariable } from './api-keys-variable.ts';

const entry = (more: object): string => JSON.stringify({ 'a-key-that-is-long-enough': { name: 'Nightly sync', permissions: ['crm:get_*'], ...more } });

suite('An entry of MCP_API_KEYS', () => {
  test('may lack userId: its calls are said to be of no identity, and the start warns (D2)', () => {
    const keys = parseApiKeysVariable(entry({}));
    assert.deepEqual(keys.map(({ userId }) => userId), ['no identity']);
    assert.match(apiKeyWarnings(keys).join(), /the key "Nightly sync" has no userId/);
  });

  test('with userId acts for that person, and nothing is warned of', () => {
    const keys = parseApiKeysVariable(entry({ userId: 'sync' }));
    assert.deepEqual([keys.map(({ userId }) => userId), apiKeyWarnings(keys)], [['sync'], []]);
  });

  test('with a userId that is none is refused', () => {
    for (const userId of ['', null, 7, ['sync']]) assert.throws(() => parseApiKeysVariable(entry({ userId })), /entry 1: .*userId/, JSON.stringify(userId));
  });
});
