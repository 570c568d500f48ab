import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { requestPrefix, writeRequest } from './wire-request.ts';

const PREFIX = requestPrefix('POST', new URL('http://host:8080/mcp?x=1'));

const text = (headers: Readonly<Record<string, string>>, body?: Buffer): string => writeRequest(PREFIX, headers, body).bytes.toString('latin1');

suite('A request to a server', () => {
  test('is a request line, Host, the headers and a body of known length (RFC 9112 §3)', () => {
    assert.equal(text({ accept: 'a', 'x-tenant': 'acme' }, Buffer.from('{}')), 'POST /mcp?x=1 HTTP/1.1\r\nhost: host:8080\r\naccept: a\r\nx-tenant: acme\r\ncontent-length: 2\r\n\r\n{}');
  });

  test('without a body has no length', () => {
    assert.equal(text({ accept: 'a' }), 'POST /mcp?x=1 HTTP/1.1\r\nhost: host:8080\r\naccept: a\r\n\r\n');
    assert.equal(text({}, Buffer.alloc(0)), 'POST /mcp?x=1 HTTP/1.1\r\nhost: host:8080\r\ncontent-length: 0\r\n\r\n');
  });

  test('goes to the path and host of its URL, whatever that is', () => {
    const prefixes: readonly (readonly [string, string])[] = [
      ['http://host', 'GET / HTTP/1.1\r\nhost: host\r\n'],
      ['https://host:443/a b?c=d e#f', 'GET /a%20b?c=d%20e HTTP/1.1\r\nhost: host\r\n'],
      ['http://[::1]:9/%0d%0aevil', 'GET /%0d%0aevil HTTP/1.1\r\nhost: [::1]:9\r\n'],
      ['http://user:pass@host/mcp', 'GET /mcp HTTP/1.1\r\nhost: host\r\n'], // sallyport-scan: allow, it opens nothing
    ];
    for (const [url, prefix] of prefixes) assert.equal(requestPrefix('GET', new URL(url)), prefix);
  });

  test('has a body byte for byte, after the length of its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const body = Buffer.from(bytes);
        const { bytes: written } = writeRequest(PREFIX, { accept: '\u00e9\u00ff' }, body);
        assert.deepEqual(written.subarray(written.length - body.length), body);
        assert.ok(written.toString('latin1', 0, written.length - body.length).endsWith(`accept: \u00e9\u00ff\r\ncontent-length: ${body.length}\r\n\r\n`));
      }),
    );
  });
});

suite('A header value that could end its line is never written (H11, CVE-2026-1525)', () => {
  for (const value of ['a\r\nx: y', 'a\nx: y', 'a\rb', 'a\0b', '\n', '\u0100', '\u{1f600}', '\u2028', '\u010d\u010a', 'a\u0001', '\u001f', '\u007f']) {
    test(JSON.stringify(value), () => assert.throws(() => text({ 'mcp-name': value }), (error) => error instanceof TypeError && !error.message.includes(value) && error.message.includes('mcp-name')));
  }

  test('and every other one is, byte for byte', () => {
    for (const value of ['', 'a\tb', ' ', '~', '\u0080\u00ff', 'caf\u00e9']) assert.ok(text({ 'mcp-name': value }).includes(`mcp-name: ${value}\r\n`));
  });
});
