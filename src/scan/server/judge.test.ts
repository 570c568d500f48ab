import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { judgeAccess } from './judge-access.ts';
import { judgeTls } from './judge-tls.ts';

const facts = { url: new URL('https://mcp.example.com/mcp'), isLocal: false, status: 200, inQuery: [], saysQuery: false };
const ruled = (remarks: readonly { readonly rule: string; readonly certainty: string }[]): readonly string[] => remarks.map(({ rule, certainty }) => `${rule} ${certainty}`);

suite('Who may ask a server (R85)', () => {
  test('tools that anybody is told are certain on a host that others reach, and likely on this machine', () => {
    assert.deepEqual(ruled(judgeAccess({ ...facts, tools: 3 })), ['open-server certain']);
    assert.deepEqual(ruled(judgeAccess({ ...facts, tools: 3, isLocal: true })), ['open-server likely']);
  });

  test('http to another host is found, and to this machine it is not', () => {
    const url = new URL('http://mcp.example.com/mcp');
    assert.deepEqual(ruled(judgeAccess({ ...facts, url, status: 401, challenge: 'Bearer' })), ['plain-http certain']);
    assert.deepEqual(ruled(judgeAccess({ ...facts, url, isLocal: true, status: 401, challenge: 'Bearer' })), []);
  });

  test('a server that refuses as it should has nothing', () => {
    assert.deepEqual(judgeAccess({ ...facts, status: 401, challenge: 'Bearer resource_metadata="https://mcp.example.com/x"' }), []);
  });
});

suite('How a server speaks TLS', () => {
  const day = 86_400_000;
  const good = { validFromMs: 0, validUntilMs: 90 * day };

  test('is judged by its versions, its certificate and its key', () => {
    assert.deepEqual(judgeTls(good, 10 * day), []);
    assert.deepEqual(ruled(judgeTls({ ...good, old: 'TLSv1.1', untrusted: 'CERT_HAS_EXPIRED', bits: 1024 }, 10 * day)), ['tls-version certain', 'tls-certificate certain', 'tls-key certain']);
    assert.deepEqual(ruled(judgeTls({ ...good, untrusted: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 10 * day)), ['tls-certificate likely']);
    assert.deepEqual(ruled(judgeTls({ ...good, untrusted: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 10 * day)), ['tls-certificate certain']);
  });

  test('the end of a certificate is told two weeks before, or in the last quarter of a short life', () => {
    assert.deepEqual([75, 77, 89].map((at) => judgeTls(good, at * day).length), [0, 1, 1]);
    assert.deepEqual([4, 5.5].map((at) => judgeTls({ ...good, validUntilMs: 7 * day }, at * day).length), [0, 1]);
  });
});
