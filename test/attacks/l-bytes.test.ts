import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, suite, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { calling, META } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import type { HeaderLines, RequestParts } from '../world/raw-http.ts';

/** Group L, the bytes of a body: how many, in which encoding, of which type; and exactly one document in them. */

const MAX_BYTES = 256 * 1024;
const world = await AttackWorld.start({ listen: { maxBodyBytes: MAX_BYTES } });
after(() => world[Symbol.asyncDispose]());

const TOO_LARGE = { status: 413, code: 'http.too-large' } as const;
const BROKEN = { status: 400, code: 'http.malformed' } as const;
const MALFORMED = { status: 400, code: 'rpc.parse', rpc: -32700 } as const;
const MEDIA_TYPE = { status: 415, code: 'http.media-type' } as const;
const ENCODING = { status: 415, code: 'http.encoding' } as const;

const good = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing', arguments: {}, _meta: META } });
const sending = (body: string | Buffer, headers: HeaderLines = [], without: readonly string[] = []): RequestParts => calling('get_thing', { key: KEYS.full, body, headers, without });
const refused = async (...asked: Parameters<AttackWorld['refuses']>): Promise<void> => void (await world.refuses(...asked));
const passed = async (request: RequestParts): Promise<void> => void (await world.passes(request));
const chunked: HeaderLines[number] = ['Transfer-Encoding', 'chunked'];
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** The most memory the gateway has ever held, as far as the system tells. */
function peakMiB(): number {
  if (process.platform !== 'linux') return 0;
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${String(world.pid)}/status`, 'utf8'))?.[1]) / 1024;
}

suite('A body that is too large', () => {
  const padded = (bytes: number): string => good.replace('"arguments":{}', `"arguments":{"pad":"${'x'.repeat(bytes - good.length - '"pad":""'.length)}"}`);

  test('[N06] by its announced length is refused before a byte of it is read, and the connection closes', async () => {
    for (const length of [String(MAX_BYTES + 1), '99999999999', '9007199254740993']) {
      const reply = await world.refuses(sending('{', [['Content-Length', length]]), TOO_LARGE);
      assert.deepEqual(reply.headers.get('connection'), ['close']);
    }
  });
  test('[N06] by one byte is refused', () => refused(sending(padded(MAX_BYTES + 1)), TOO_LARGE));
  test('[N06] control: a body of exactly the bound passes', () => passed(sending(padded(MAX_BYTES))));

  test('[N06] in chunks without end is cut at the bound, and memory stays bounded', async () => {
    const before = peakMiB();
    await world.refusesDoing(async () => {
      using endless = new Dialogue(world.port);
      endless.write(written(sending('', [chunked])));
      const piece = chunk('x'.repeat(60_000));
      // It stops behind the bound: a reset for what nobody read could overtake the reply on its way here.
      for (let sent = 0; sent <= MAX_BYTES; sent += 60_000) endless.write(piece);
      return await endless.reply();
    }, TOO_LARGE);
    assert.ok(peakMiB() - before < 64, `${String(before)} MiB became ${String(peakMiB())}`);
  });

  test('[N06] in single bytes is refused before it costs a thousand times its size', async () => {
    const before = peakMiB();
    await world.refusesDoing(async () => {
      using crumbs = new Dialogue(world.port);
      crumbs.write(written(sending('', [chunked])));
      for (let times = 0; times < 20; times += 1) crumbs.write(chunk(' ').repeat(10_000));
      return await crumbs.reply();
    }, BROKEN);
    assert.ok(peakMiB() - before < 64, `${String(before)} MiB became ${String(peakMiB())}`);
  });
  test('[N06] control: a body in a thousand small chunks passes', async () => {
    using patient = new Dialogue(world.port);
    const pieces = [...good.matchAll(/.{1,3}/gs)].map(([piece]) => chunk(piece)).join('');
    patient.write(Buffer.concat([written(sending('', [chunked])), Buffer.from(`${pieces}0\r\n\r\n`)]));
    assert.equal((await patient.reply()).status, 200);
    assert.equal(world.canary.requests.at(-1)?.body, good);
  });

  for (const length of ['-1', '+10', '1e2', '0x10', '1,1', '1 1', '', ' ', '18446744073709551617', '١']) {
    test(`[N06] a length of ${JSON.stringify(length)} is none`, () => refused(sending(good, [['Content-Length', length]]), BROKEN));
  }
  test('[N06] a length that says too little leaves no second request behind', async () => {
    const { position } = world;
    using smuggler = new Dialogue(world.port);
    const requests = world.canary.requests.length;
    smuggler.write(written(sending(good, [['Content-Length', String(good.length - 5)]], ['connection'])));
    assert.equal((await smuggler.reply()).status, 400);
    await smuggler.end();
    assert.deepEqual((await world.callsOnceThere(position, 2)).map(({ code }) => code).sort(), ['http.malformed', 'rpc.parse']);
    assert.equal(world.canary.requests.length, requests);
  });
  test('[N06] a length that says too much ends with the sender', () => refusedHalf(sending(good, [['Content-Length', String(good.length + 5)]])));
});

/** Sends a request and no more; the sender's end is closed. */
const refusedHalf = async (request: RequestParts): Promise<void> => {
  await world.refusesDoing(async () => {
    using half = new Dialogue(world.port);
    half.write(written(request));
    half.socket.end();
    return await half.reply();
  }, BROKEN);
};

suite('A text that is not UTF-8, or that readers end or decode differently', () => {
  const inArgument = (bytes: readonly number[]): Buffer => {
    const at = good.indexOf('"arguments":{') + '"arguments":{'.length;
    return Buffer.concat([Buffer.from(`${good.slice(0, at)}"a":"`), Buffer.from(bytes), Buffer.from(`"${good.slice(at)}`)]);
  };
  const invalid: Readonly<Record<string, readonly number[]>> = {
    'a lone continuation': [0x80], 'a byte that never occurs': [0xff], 'an overlong slash': [0xc0, 0xaf], 'an overlong NUL': [0xc0, 0x80], 'an overlong dot': [0xc0, 0xae], 'an overlong euro': [0xf0, 0x82, 0x82, 0xac],
    'half a surrogate': [0xed, 0xa0, 0x80], 'a pair of surrogates': [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], 'a character cut off': [0xe2, 0x82], 'beyond Unicode': [0xf4, 0x90, 0x80, 0x80], 'Latin-1': [0xe9],
  };
  for (const [what, bytes] of Object.entries(invalid)) test(`[N09] ${what}`, () => refused(sending(inArgument(bytes)), MALFORMED));
  for (const escape of [String.raw`\ud800`, String.raw`\udc00`, String.raw`\udc00\ud800`, String.raw`\ud83dx`, String.raw`\uD83D\u0041`, String.raw`\u0000`, String.raw`get_thing\u0000`, String.raw`\x00`, String.raw`\u12`]) {
    test(`[N09] the escape ${escape}, in a value and in a name`, async () => {
      await refused(sending(good.replace('"arguments":{}', `"arguments":{"a":"${escape}"}`)), MALFORMED);
      await refused(sending(good.replace('"arguments":{}', `"arguments":{"${escape}":1}`)), MALFORMED);
      await refused(sending(good.replace('"get_thing"', `"${escape}"`)), MALFORMED);
    });
  }
  for (const raw of [0x00, 0x01, 0x09, 0x0a, 0x1f]) test(`[N09] the control character ${String(raw)} as it is`, () => refused(sending(inArgument([raw])), MALFORMED));
  for (const [what, body] of [
    ['a byte order mark', Buffer.from(`\ufeff${good}`)], ['UTF-16', Buffer.from(good, 'utf16le')], ['UTF-16 with its mark', Buffer.from(`\ufeff${good}`, 'utf16le')],
    ['UTF-16 the other way round', Buffer.from(good, 'utf16le').swap16()], ['a NUL behind', Buffer.from(`${good}\0`)], ['nothing', Buffer.alloc(0)], ['white space', Buffer.from(' \n\t ')],
  ] as const) test(`[N09] ${what}`, () => refused(sending(body), MALFORMED));
  test('[N09] control: all of Unicode that is text passes as it is', () => passed(sending(good.replace('"arguments":{}', String.raw`"arguments":{"a":"é € 😀 \ud83d\ude00 \u00e9 \u2028"}`))));
});

suite('A body of another type', () => {
  for (const type of ['text/plain', 'application/json;charset=utf-16', 'application/json; charset=latin1', 'application/json\ta', 'application/json ,text/plain', 'application/jsonx', 'application/x-json', 'text/json', 'application/json;x=y', 'application/json; charset=utf-8; charset=utf-16', 'multipart/form-data', 'application/x-www-form-urlencoded', 'application/problem+json', '*/*', '', 'application / json', '"application/json"']) {
    test(`[N10] ${JSON.stringify(type)} is refused`, () => refused(sending(good, [['Content-Type', type]], ['content-type']), MEDIA_TYPE));
  }
  test('[N10] without a type is refused', () => refused(sending(good, [], ['content-type']), MEDIA_TYPE));
  test('[N10] with two types is refused, even if they agree', async () => {
    for (const second of ['text/plain', 'application/json']) await refused(sending(good, [['content-type', second]]), MEDIA_TYPE);
  });
  for (const type of ['application/json', 'Application/JSON', 'application/json;charset=utf-8', 'application/json; Charset="UTF-8"']) test(`[N10] control: ${type} is JSON`, () => passed(sending(good, [['Content-Type', type]], ['content-type'])));

  const bomb = gzipSync(Buffer.alloc(20_000_000, 0x20));
  for (const [coding, body] of [['gzip', gzipSync(good)], ['GZIP', gzipSync(good)], ['br', brotliCompressSync(good)], ['deflate', deflateSync(good)], ['gzip, gzip', gzipSync(gzipSync(good))], ['identity, gzip', gzipSync(good)], ['gzip', Buffer.from(good)], ['gzip', bomb], ['zstd', Buffer.from(good)], ['x-anything', Buffer.from(good)], ['', Buffer.from(good)]] as const) {
    test(`[N11] compressed as ${JSON.stringify(coding)} (${String(body.length)} bytes) is refused`, () => refused(sending(body, [['Content-Encoding', coding]]), ENCODING));
  }
  test('[N11] compressed without saying so is no JSON', () => refused(sending(gzipSync(good)), MALFORMED));
  test('[N11] control: identity is no coding', () => passed(sending(good, [['Content-Encoding', 'identity']])));
});

suite('A body that is not exactly one document', () => {
  for (const body of [`${good}x`, `${good}]`, `${good}${good}`, `${good}\n${good}\n`, `${good},`, `// why\n${good}`, `${good} /* why */`, `# why\n${good}`, good.slice(0, -1), good.slice(1), good.replaceAll('"', "'"), good.replace('{}', '{,}'), good.replace('{}', '{"a":1,}'), good.replace('{}', '{a:1}'), good.replace('{}', '{"a":undefined}'), good.replace('{}', '[1 2]'), `\u00a0${good}`, `${good}\u2028`, `\v${good}`]) {
    test(`[N12] ${JSON.stringify(body.length > 60 ? `${body.slice(0, 20)}…${body.slice(-20)}` : body)}`, () => refused(sending(body), MALFORMED));
  }
  test('[N12] control: white space around it is none of it', () => passed(sending(` \r\n\t${good}\n `)));
});
