import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, suite, test } from 'node:test';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { bodiless, calling } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import type { HeaderLines, RawReply, RequestParts } from '../world/raw-http.ts';
import { until } from '../world/until.ts';

/** Group M, framing: where a request ends is beyond doubt, and nothing of one that is broken goes on. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const MALFORMED = { status: 400, code: 'http.malformed' } as const;
const refused = async (...asked: Parameters<AttackWorld['refuses']>): Promise<void> => void (await world.refuses(...asked));
const full = { key: KEYS.full };
const good = calling('delete_thing', full);
const body = String(good.body);
const chunked = (request: RequestParts): Buffer => written({ target: request.target, headers: [...request.headers, ['Transfer-Encoding', 'chunked']] });
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** Writes the parts, each when the one before was sent, and reads the reply. */
const writing = (...parts: readonly (Buffer | string)[]) => async (): Promise<RawReply> => {
  using dialogue = new Dialogue(world.port);
  for (const part of parts) {
    dialogue.write(part);
    await new Promise((resolve) => dialogue.socket.write('', resolve));
  }
  const reply = await dialogue.reply();
  await dialogue.end();
  assert.equal(dialogue.replies.length, 1, dialogue.text);
  return reply;
};

suite('A good head and a broken body', () => {
  const half = body.slice(0, body.length / 2);
  const broken: Readonly<Record<string, string>> = {
    'a size that is no number': `${chunk(half)}ZZ\r\n`,
    'a size that is negative': `${chunk(half)}-5\r\n`,
    'a size that overflows': `${chunk(half)}fffffffffffffffff\r\n`,
    'a size with a prefix': `${chunk(half)}0x5\r\nabcde\r\n`,
    'a chunk longer than it says': `${half.length.toString(16)}\r\n${half}xx\r\n`,
    'a line end too few': `${half.length.toString(16)}\n${half}\r\n`,
    'a good document, and then no end': `${chunk(body)}Q`,
  };
  for (const [what, text] of Object.entries(broken)) {
    test(`[H07] ${what}: in one piece, and in two`, async () => {
      await world.refusesDoing(writing(Buffer.concat([chunked(good), Buffer.from(text)])), MALFORMED);
      await world.refusesDoing(writing(chunked(good), text), MALFORMED);
    });
    test(`[H07] ${what}, without a key: the refusal for that stays the only one`, async () => {
      await world.refusesDoing(writing(Buffer.concat([chunked(calling('delete_thing', { key: null })), Buffer.from(text)])), { status: 401, code: 'credential.missing' });
    });
  }
  for (const coding of ['gzip', 'identity', 'chunked, gzip', 'gzip, chunked', 'chunked, chunked', 'xchunked', ' chunked x', '"chunked"', 'chunked;q=1']) {
    test(`[H07] Transfer-Encoding: ${coding} is refused, and leaves one record`, () => refused(Buffer.concat([written({ target: good.target, headers: [...good.headers, ['Transfer-Encoding', coding]] }), Buffer.from(`${chunk(body)}0\r\n\r\n`)]), MALFORMED));
  }
  for (const [what, lines] of [['before', [['Content-Length', '5'], ['Transfer-Encoding', 'chunked']]], ['behind', [['Transfer-Encoding', 'chunked'], ['Content-Length', '5']]], ['twice', [['Transfer-Encoding', 'chunked'], ['Transfer-Encoding', 'chunked']]], ['by a tab', [['Transfer-Encoding\t', 'chunked']]], ['by a space', [['Content-Length ', '5']]]] as readonly (readonly [string, HeaderLines])[]) {
    test(`[H07] a length and a coding, ${what}, are refused`, () => refused(Buffer.concat([written({ target: good.target, headers: [...good.headers, ...lines] }), Buffer.from('0\r\n\r\n')]), MALFORMED));
  }
  test('[H07] control: a body in good chunks, with an extension and a trailer, goes on with a length', async () => {
    const requests = world.canary.requests.length;
    const reply = await writing(chunked(good), chunk(body.slice(0, 9)), `${(body.length - 9).toString(16)};a=b\r\n${body.slice(9)}\r\n0\r\nX-Trailer: admin\r\n\r\n`)();
    assert.equal(reply.status, 200);
    assert.equal(world.canary.requests.length, requests + 1);
    assert.equal(world.canary.requests.at(-1)?.body, body);
    assert.ok(!world.canary.requests.at(-1)?.headers.includes('X-Trailer'));
  });
});

suite('Expectations, bodies and upgrades', () => {
  test('[H13] an expectation nobody knows', () => refused(calling('get_thing', { ...full, headers: [['Expect', 'jump']] }), { status: 417, code: 'http.expectation-failed' }));
  test('[H13] who expects 100 is told to go on only when he is known', async () => {
    using known = new Dialogue(world.port);
    known.write(written({ ...calling('get_thing', full), headers: [...calling('get_thing', full).headers, ['Expect', '100-continue']] }));
    assert.equal((await known.reply()).status, 200);
    assert.match(known.text, /^HTTP\/1\.1 100 /);
    using unknown = new Dialogue(world.port);
    unknown.write(written({ target: '/alpha/mcp', headers: [...calling('get_thing', { key: null }).headers, ['Expect', '100-continue'], ['Content-Length', '10']] }));
    assert.equal((await unknown.reply()).status, 401);
    assert.doesNotMatch(unknown.text, /HTTP\/1\.1 100 /);
  });
  for (const method of ['GET', 'DELETE', 'OPTIONS']) {
    for (const line of [['Content-Length', '2'], ['Transfer-Encoding', 'chunked']] as const) {
      test(`[H13] a body on ${method} by ${line[0]}`, async () => {
        const request = bodiless(method, { ...full, headers: [line] });
        await refused(Buffer.concat([written(request), Buffer.from('{}')]), { status: 400, code: 'http.body-refused' });
      });
    }
  }
  for (const lines of [[['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA']], [['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='], ['Sec-WebSocket-Version', '13']]] as const) {
    test(`[H13] an upgrade to ${lines[1][1]} is not made: the request is answered like any other`, async () => {
      const requests = world.canary.requests.length;
      using dialogue = new Dialogue(world.port);
      dialogue.write(written(calling('get_thing', { ...full, without: ['connection'], headers: lines })));
      assert.equal((await dialogue.reply()).status, 200);
      assert.equal(world.canary.requests.length, requests + 1);
      await world.refusesDoing(() => world.send(calling('get_thing', { key: null, without: ['connection'], headers: lines })), { status: 401, code: 'credential.missing' });
    });
  }
});

suite('Heads', () => {
  const many = (count: number): HeaderLines => Array.from({ length: count }, (_, at) => [`X-${String(at)}`, 'x'] as const);
  for (const count of [101, 1_000, 2_001]) test(`[H13] ${String(count)} lines`, () => refused(calling('get_thing', { ...full, headers: many(count).map(([name]) => [name, ''] as const) }), { status: 431, code: 'http.headers-too-large' }));
  for (const [what, lines] of [['one line of 20 KB', [['X-Long', 'x'.repeat(20_000)]]], ['one name of 20 KB', [['X'.repeat(20_000), 'x']]], ['a path of 20 KB', []]] as readonly (readonly [string, HeaderLines])[]) {
    test(`[H13] ${what}`, () => refused(calling('get_thing', { ...full, headers: lines, ...(lines.length === 0 ? { target: `/${'x'.repeat(20_000)}` } : {}) }), { status: 431, code: 'http.malformed' }));
  }
  test('[H13] names of JavaScript are names like others', async () => {
    const headers: HeaderLines = [['__proto__', 'x'], ['constructor', 'x'], ['toString', 'x'], ['hasOwnProperty', 'x'], ['prototype', 'x']];
    await world.passes(calling('get_thing', { ...full, headers }));
    await refused(calling('get_thing', { key: null, headers }), { status: 401, code: 'credential.missing' });
  });

  const line = 'GET /alpha/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n';
  const malformed: Readonly<Record<string, string>> = {
    'no request at all': 'hello\r\n\r\n',
    'TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    'HTTP 0.9': 'GET /alpha/mcp\r\n\r\n',
    'HTTP 2 on the request line': 'GET /alpha/mcp HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n',
    'a lower-case method': 'get /alpha/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    'a method nobody knows': 'JUMP /alpha/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    'a line that goes on in the next': `${line}X-API-Key: a\r\n b\r\n\r\n`,
    'a line feed alone': `${line.replaceAll('\r\n', '\n')}\n`,
    'a carriage return alone': `${line}X: a\rX-API-Key: b\r\n\r\n`,
    'a NUL in a value': `${line}X: a\0b\r\n\r\n`,
    'a colon too few': `${line}X-API-Key\r\n\r\n`,
    'a name of nothing': `${line}: x\r\n\r\n`,
    'white space before a colon': `${line}X-API-Key : x\r\n\r\n`,
    'white space in a name': `${line}X-API Key: x\r\n\r\n`,
    'a name outside ASCII': `${line}X-\u00e9: x\r\n\r\n`,
    'a space in the path': 'GET /alpha/mcp x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    'the preface of HTTP 2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(malformed)) test(`[H13] ${what}`, () => refused(Buffer.from(bytes, 'latin1'), MALFORMED));
  test('[H13] HTTP 1.0 with chunks', () => refused(Buffer.from(`POST /alpha/mcp HTTP/1.0\r\nHost: 127.0.0.1\r\nX-API-Key: ${KEYS.full}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`), MALFORMED));
  test('[H13] no Host', () => refused(calling('get_thing', { ...full, without: ['host'] }), { status: 403, code: 'http.host-refused' }));
  test('[H13] who is refused so and never closes his end is let go', { skip: process.platform !== 'linux' }, async () => {
    const sockets = (): number => readdirSync(`/proc/${String(world.pid)}/fd`).length;
    const before = sockets();
    await using stubborn = new AsyncDisposableStack();
    for (let number = 0; number < 30; number += 1) {
      const dialogue = stubborn.adopt(new Dialogue(world.port), (held) => held.hangUp());
      dialogue.write('hello\r\n\r\n');
      await dialogue.end();
    }
    await until('their connections are gone', () => Promise.resolve(sockets() < before + 10 ? true : undefined), { withinMs: 5_000 });
    await world.assertWell();
  });
});

suite('Requests one behind the other on one connection', () => {
  const kept = (asked: RequestParts): Buffer => written({ ...asked, headers: asked.headers.filter(([name]) => name !== 'Connection') });
  const bad = calling('delete_thing', { key: KEYS.reader });

  test('[H13] are each judged by their own credential, and answered in order', async () => {
    using dialogue = new Dialogue(world.port);
    dialogue.write(Buffer.concat([kept(good), kept(bad), kept(calling('get_thing', { key: null })), kept(good)]));
    assert.deepEqual((await Promise.all([1, 2, 3, 4].map((number) => dialogue.reply(number)))).map(({ status }) => status), [200, 403, 401, 200]);
  });
  test('[H13] end with what is no request, and its refusal is taken for no earlier one', async () => {
    const { position } = world;
    const requests = world.canary.requests.length;
    using dialogue = new Dialogue(world.port);
    dialogue.write(Buffer.concat([kept(good), Buffer.from('GARBAGE\r\n\r\n')]));
    await dialogue.end();
    assert.deepEqual(dialogue.replies.map(({ status }) => status), [200]);
    assert.equal(world.canary.requests.length, requests + 1);
    assert.deepEqual((await world.callsOnceThere(position, 2)).map(({ code }) => code ?? 'none').sort(), ['http.malformed', 'none']);
    await world.assertWell();
  });
});
