import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatApiKey } from '../../model/api-key.ts';
import { keysInText } from './keys-in-text.ts';

const [one, two] = [formatApiKey('live', Buffer.alloc(32, 1)), formatApiKey('test', Buffer.alloc(32, 2))];

const found = (text: string) => {
  const { sound, damaged } = keysInText(text);
  return [sound.map((secret) => secret.reveal()), damaged];
};

suite('Keys are found in the text around them (R77–R84, R106)', () => {
  const around: readonly (readonly [string, string])[] = [
    ['a line of a log', `2026-11-21T10:00:00Z 192.0.2.7 "GET /mcp?api_key=${one}&x=1 HTTP/1.1" 200`],
    ['an escaped line', `{"message":"X-API-Key: ${one}\\nHost: x"}`],
    ['an assignment', `export MCP_CONNECTOR_KEY=${one}; echo`],
    ['what follows without a gap', `${one}AndMore`],
    ['what goes before without a gap', `key${one}`],
    ['a diff', `-  token: '${one}'\r\n+  token: env:TOKEN\r\n`],
  ];
  for (const [what, text] of around) test(what, () => assert.deepEqual(found(text), [[one], 0]));

  test('several are found, each once', () => assert.deepEqual(found(`${one} ${two}\n${one},${two}`), [[one, two], 0]));
  test('what is cut off or mistyped is counted, and no key', () => assert.deepEqual(found(`${one.slice(0, -1)} sally_live_ ${one.slice(0, 20)}x${one.slice(21)} ${two}`), [[two], 3]));
  test('what is none of ours is not found', () => assert.deepEqual(found(`sk_live_${one.slice(11)} ghp_0123456789 SALLY_LIVE_x`), [[], 0]));
});
