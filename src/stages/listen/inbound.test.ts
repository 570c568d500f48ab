import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { exchange } from '../../../test/world/raw-http.ts';
import type { Inbound } from '../../model/exchange.ts';
import { OpenListener } from './testdata/open-listener.ts';

/** What the gateway is told of these bytes. */
const inboundOf = async (bytes: string): Promise<Inbound> => {
  await using listener = await OpenListener.start();
  await exchange(listener.port, Buffer.from(bytes, 'latin1'));
  const [inbound] = listener.inbounds;
  assert.ok(inbound);
  return inbound;
};

const lines = (...headers: readonly string[]): string => ['Host: localhost', ...headers, '', ''].join('\r\n');

const get = (target: string, ...headers: readonly string[]): Promise<Inbound> => inboundOf(`GET ${target} HTTP/1.1\r\n${lines(...headers)}`);

suite('A request is told as it came', () => {
  const TARGETS: readonly (readonly [target: string, path: string, query: string])[] = [
    ['/mcp', '/mcp', ''],
    ['/mcp?api_key=a?b', '/mcp', 'api_key=a?b'],
    ['/mcp?', '/mcp', ''],
    ['//mcp/../x%2f', '//mcp/../x%2f', ''],
    ['/?/mcp', '/', '/mcp'],
  ];
  for (const [target, path, query] of TARGETS) {
    test(`${target}: nothing decoded, nothing normalised (P04)`, async () => {
      const inbound = await get(target);
      assert.deepEqual([inbound.path, inbound.query, inbound.flaws], [path, query, []]);
    });
  }

  test('with method, address, id and both clocks', async () => {
    await using listener = await OpenListener.start();
    await exchange(listener.port, `DELETE /mcp HTTP/1.1\r\n${lines()}`);
    const [inbound] = listener.inbounds;
    assert.deepEqual([inbound?.method, inbound?.address, inbound?.atMs, inbound?.startMs], ['DELETE', '127.0.0.1', listener.clock.nowMs(), listener.clock.monotonicMs()]);
    assert.match(inbound?.id ?? '', /^req_/);
  });

  test('with headers by lower-case name, and a header called __proto__ is data (H13, CVE-2026-21710)', async () => {
    const { headers, flaws } = await get('/', 'X-API-Key: K', '__proto__: x', 'constructor: y');
    assert.deepEqual([headers['x-api-key'], headers['__proto__'], headers['constructor'], headers['toString'], flaws], ['K', 'x', 'y', undefined, []]);
    assert.equal('x' in {}, false);
  });
});

suite('What two readers could understand differently is a flaw', () => {
  const doubled = (name: string) => [{ kind: 'doubled', name }];

  for (const name of ['Host', 'Authorization', 'X-API-Key', 'Content-Type', 'Mcp-Name', 'Mcp-Method', 'MCP-Protocol-Version', 'Mcp-Session-Id', 'Origin', 'X-Forwarded-Proto', 'User-Agent', '__proto__']) {
    test(`a second ${name}, in any letters, and whether it says the same or not (K09, H01, H10)`, async () => {
      assert.deepEqual((await get('/', ...(name === 'Host' ? [] : [`${name}: a`]), `${name.toUpperCase()}: b`)).flaws, doubled(name.toLowerCase()));
      assert.deepEqual((await get('/', ...(name === 'Host' ? [] : [`${name}: localhost`]), `${name.toLowerCase()}: localhost`)).flaws, doubled(name.toLowerCase()));
    });
  }

  test('but a list may be split over lines (RFC 9110 §5.3)', async () => {
    for (const name of ['accept', 'accept-language', 'x-forwarded-for', 'forwarded', 'via', 'cookie']) {
      const { headers, flaws } = await get('/', `${name}: a`, `${name.toUpperCase()}: b`);
      assert.deepEqual([headers[name], flaws], ['a, b', []], name);
    }
  });

  test('an empty first line counts as a line', async () => assert.deepEqual((await get('/', 'Authorization:', 'Authorization: Bearer k')).flaws, doubled('authorization')));

  test('more than 100 headers, and not 100 (H13)', async () => {
    const headers = Array.from({ length: 100 }, (_, at) => `x-${String(at)}: v`);
    assert.deepEqual((await get('/', ...headers.slice(1))).flaws, []);
    const { flaws, headers: read } = await get('/', ...headers);
    assert.deepEqual([flaws, read['x-99']], [[{ kind: 'too-many' }], 'v']);
  });

  const FRAMES: readonly (readonly [what: string, bytes: string, kinds: readonly string[]])[] = [
    ['a body with GET', `GET / HTTP/1.1\r\n${lines('Content-Length: 1')}x`, ['body-refused']],
    ['a body with DELETE', `DELETE / HTTP/1.1\r\n${lines('Content-Length: 1')}x`, ['body-refused']],
    ['chunks with OPTIONS', `OPTIONS / HTTP/1.1\r\n${lines('Transfer-Encoding: chunked')}0\r\n\r\n`, ['body-refused']],
    ['a length of nought with GET', `GET / HTTP/1.1\r\n${lines('Content-Length: 0')}`, []],
    ['chunks with POST', `POST / HTTP/1.1\r\n${lines('Transfer-Encoding: Chunked')}0\r\n\r\n`, []],
    ['a coding under the chunks', `POST / HTTP/1.1\r\n${lines('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`, ['coding']],
    ['HTTP/1.0', `POST / HTTP/1.0\r\n${lines('Content-Length: 1')}x`, []],
    ['HTTP/1.0 with chunks', `POST / HTTP/1.0\r\n${lines('Transfer-Encoding: chunked')}0\r\n\r\n`, ['http-version']],
    ['an expectation that is known', `POST / HTTP/1.1\r\n${lines('Expect: 100-Continue', 'Content-Length: 1')}x`, []],
    ['an expectation that is not', `POST / HTTP/1.1\r\n${lines('Expect: 200-ok', 'Content-Length: 0')}`, ['expectation']],
    ['a target in absolute form (P04)', `GET http://localhost/mcp HTTP/1.1\r\n${lines()}`, ['target']],
    ['a target that is a star', `OPTIONS * HTTP/1.1\r\n${lines()}`, ['target']],
    ['an upgrade, which is not made (H13)', `GET / HTTP/1.1\r\n${lines('Connection: Upgrade', 'Upgrade: h2c')}`, []],
  ];
  for (const [what, bytes, kinds] of FRAMES) test(`${what}: ${kinds.join(', ') || 'none'} (H13)`, async () => assert.deepEqual((await inboundOf(bytes)).flaws.map(({ kind }) => kind), kinds));
});

suite('That a caller has left', () => {
  test('is told when the connection closes before the reply is complete', async () => {
    const release = Promise.withResolvers<void>();
    await using listener = await OpenListener.start(async () => {
      await release.promise;
      return { kind: 'whole', status: 200, headers: {}, body: '' };
    });
    using dialogue = listener.connect();
    const arrived = listener.next();
    dialogue.write(`GET /x HTTP/1.1\r\n${lines()}`);
    const { hangup } = await arrived;
    const left = new Promise<void>((resolve) => void hangup.listen(resolve));
    assert.equal(hangup.aborted, false);
    await dialogue.hangUp();
    await left;
    release.resolve();
  });

  test('is not told when the reply was complete before', async () => {
    await using listener = await OpenListener.start();
    using dialogue = listener.connect();
    dialogue.write(`GET /x HTTP/1.1\r\n${lines('Connection: close')}`);
    await dialogue.reply();
    await dialogue.end();
    assert.equal(listener.inbounds[0]?.hangup.aborted, false);
  });
});
