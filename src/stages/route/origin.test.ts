import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anInbound } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import { buildOriginCheck, LOOPBACK_HOSTS } from './origin.ts';

const onLoopback = buildOriginCheck({ allowedHosts: LOOPBACK_HOSTS, allowedOrigins: new Set(['https://app.example.com']) });
const inPublic = buildOriginCheck({ allowedHosts: new Set(['mcp.example.com']), allowedOrigins: new Set(['https://app.example.com']) });

const passes = (check: typeof onLoopback, headers: RequestHeaders): void => assert.doesNotThrow(() => check(anInbound({ headers })), JSON.stringify(headers));
const refused = (check: typeof onLoopback, headers: RequestHeaders, code: string): void => assert.equal(refusalOf(() => check(anInbound({ headers }))).code, code, JSON.stringify(headers));

suite('The Host header', () => {
  test('is one of our names, in any letters and with any port', () => {
    for (const host of ['localhost', 'LOCALHOST:3210', '127.0.0.1:1', '[::1]', '[::1]:65535']) passes(onLoopback, { host });
    for (const host of ['mcp.example.com', 'MCP.example.com:443']) passes(inPublic, { host });
  });

  test('of any other name is refused: a rebound name is not ours (M07, CVE-2025-66414)', () => {
    const foreign = [
      'evil.example', 'localhost.evil.example', 'evil.localhost', 'localhost.', '127.0.0.1.evil.example', '127.1', '0.0.0.0', '2130706433', '0x7f.1', '127.0.0.2', '[::ffff:127.0.0.1]', '[::]', '::1', 'mcp.example.com',
      'localhost@evil', 'user@localhost', 'localhost/', 'localhost:3210/x', 'localhost:', 'localhost:123456', 'localhost:80:80', 'localhost localhost', 'localhost, evil', ' localhost', 'localhost\t', '', ':3210', 'ｌocalhost', 'localhoſt',
    ];
    for (const host of foreign) refused(onLoopback, { host }, 'http.host-refused');
  });

  test('of another name is refused each time, also right after one of ours', () => {
    passes(onLoopback, { host: 'localhost' });
    for (const _ of [1, 2]) refused(onLoopback, { host: 'evil.example' }, 'http.host-refused');
    for (const _ of [1, 2]) refused(onLoopback, {}, 'http.host-refused');
    passes(onLoopback, { host: 'localhost' });
  });

  test('is needed', () => refused(onLoopback, {}, 'http.host-refused'));

  test('of loopback is not ours where we do not listen on it', () => {
    for (const host of ['localhost', '127.0.0.1:3210']) refused(inPublic, { host }, 'http.host-refused');
  });

  test('is read from Host alone', () => refused(inPublic, { host: 'evil.example', 'x-forwarded-host': 'mcp.example.com', forwarded: 'host=mcp.example.com' }, 'http.host-refused'));
});

suite('The Origin header', () => {
  test('may be missing: programs send none', () => passes(inPublic, { host: 'mcp.example.com' }));

  test('is one of those that are configured, byte for byte', () => {
    passes(inPublic, { host: 'mcp.example.com', origin: 'https://app.example.com' });
    for (const origin of ['http://app.example.com', 'https://app.example.com:8443', 'https://APP.example.com', 'https://app.example.com.evil', 'https://app.example.com/', 'https://evil.example', 'null', '', 'https://mcp.example.com']) {
      refused(inPublic, { host: 'mcp.example.com', origin }, 'http.origin-refused');
    }
  });

  test('of any loopback page is trusted by a gateway on loopback, and by no other', () => {
    for (const origin of ['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:1', 'http://[::1]:9']) {
      passes(onLoopback, { host: 'localhost', origin });
      refused(inPublic, { host: 'mcp.example.com', origin }, 'http.origin-refused');
    }
  });

  test('that only looks like loopback is refused (M07)', () => {
    const evil = ['null', 'file://', 'http://localhost.evil.example', 'http://evil.example#localhost', 'http://localhost@evil.example', 'http://evil.example/localhost', 'ftp://localhost', 'chrome-extension://localhost', 'http://', 'http://127.0.0.1.evil.example', 'http://0.0.0.0', 'xhttp://localhost', 'http://localhost, http://evil.example', 'http://localhost\nx'];
    for (const origin of evil) refused(onLoopback, { host: 'localhost', origin }, 'http.origin-refused');
  });
});
