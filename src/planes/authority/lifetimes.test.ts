import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { authoritySchema } from '../../config/authority/authority-schema.ts';
import { lifetimesOf } from './lifetimes.ts';

/** How long tokens of a client live that nobody has agreed on beforehand (issue 5: settable per client down to 60 s, a grace of 120 s at most; clients.md W5). */

const REGISTERED: Readonly<Record<string, readonly string[]>> = {
  local: ['http://127.0.0.1:39099/cb', 'http://localhost/cb'],
  cursor: ['cursor://anysphere.cursor-retrieval/oauth', 'https://www.cursor.com/cb', 'http://127.0.0.1:1/cb'],
  claude: ['https://claude.ai/api/mcp/auth_callback'],
  liar: ['https://claude.ai/api/mcp/auth_callback', 'https://evil.example/cb'],
  'sallyport-cli': [],
};

const of = lifetimesOf(authoritySchema.parse({
  clients: { claude_web: { redirectUris: ['https://claude.ai/cb'], accessToken: '2m' } },
  lifetimes: [
    { documents: ['claude.ai', 'vscode.dev'], accessToken: '8h', graceSeconds: 120 },
    { redirects: ['claude.ai', 'claude.com'], accessToken: '12h' },
    { redirects: ['localhost'], accessToken: '1m', refreshToken: '1d' },
    { redirects: ['www.cursor.com', 'localhost', 'cursor:'], graceSeconds: 60 },
  ],
}), (clientId) => REGISTERED[clientId] ?? []);

const HOUR_MS = 3_600_000;
const shown = (clientId: string | undefined): readonly number[] => {
  const { accessTokenMs, refreshTokenMs, graceMs } = of(clientId);
  return [accessTokenMs / HOUR_MS, refreshTokenMs / HOUR_MS / 24, graceMs / 1000];
};

suite('A client that nobody has agreed on', () => {
  const cases: readonly (readonly [what: string, clientId: string | undefined, lifetimes: readonly number[]])[] = [
    ['has the lifetimes of the host that its document was fetched from', 'https://claude.ai/oauth/client.json', [8, 30, 120]],
    ['has those of the places that it is sent back to, down to a minute', 'local', [1 / 60, 1, 30]],
    ['has those of several places, if it is at no other', 'cursor', [1, 30, 60]],
    ['has those of a host on the web', 'claude', [12, 30, 30]],
    ['has the usual ones when one of its places is elsewhere', 'liar', [1, 30, 30]],
    ['has the usual ones when its document is at a host below, beside or behind another', 'https://claude.ai.evil.example/x', [1, 30, 30]],
    ['has the usual ones when a document only redirects to a listed place', 'https://evil.example/client.json', [1, 30, 30]],
    ['has the usual ones when it is sent nowhere', 'sallyport-cli', [1, 30, 30]],
    ['has the usual ones when nobody knows it', 'unknown', [1, 30, 30]],
    ['has the usual ones when there is no client', undefined, [1, 30, 30]],
  ];
  for (const [what, clientId, lifetimes] of cases) test(what, () => assert.deepEqual(shown(clientId), lifetimes));
});

test('A client that was agreed has what was agreed with it, and no rule changes that', () => assert.deepEqual(shown('claude_web'), [1 / 30, 30, 30]));

suite('A rule that says too little or too much stops the start', () => {
  for (const rule of [{}, { documents: ['a.b'] }, { accessToken: '1h' }, { documents: ['a.b'], redirects: ['a.b'], accessToken: '1h' }, { documents: ['A.b'], accessToken: '1h' }, { documents: ['https://a.b'], accessToken: '1h' }, { redirects: [], accessToken: '1h' }, { redirects: ['a.b/'], accessToken: '1h' }, { documents: ['a.b'], accessToken: '59s' }, { documents: ['a.b'], graceSeconds: 121 }, { documents: ['a.b'], accessToken: '1h', more: 1 }]) {
    test(JSON.stringify(rule), () => assert.ok(!authoritySchema.safeParse({ lifetimes: [rule] }).success));
  }
});
