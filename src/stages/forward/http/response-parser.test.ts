import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AnswerSyntaxError, ResponseParser, type AnswerHead } from './response-parser.ts';

interface Seen {
  readonly heads: AnswerHead[];
  body: string;
  readonly ends: boolean[];
}

/** Feeds the text in the given pieces to one parser, awaiting `answers` answers one after the other. */
const read = (pieces: readonly string[], answers = 1): Seen => {
  const seen: Seen = { heads: [], body: '', ends: [] };
  const parser = new ResponseParser();
  const begin = (): void =>
    parser.begin({
      onHead: (head) => void seen.heads.push(head),
      onBody(chunk) {
        seen.body += chunk.toString('latin1');
      },
      onEnd(reusable) {
        seen.ends.push(reusable);
        if (seen.ends.length < answers) begin();
      },
    });
  begin();
  for (const piece of pieces) parser.feed(Buffer.from(piece, 'latin1'));
  parser.end();
  return seen;
};

/** Cuts a text at arbitrary places. */
const cut = (text: string, places: readonly number[]): readonly string[] => {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => text.slice(from, [...at, text.length][index]));
};

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: x\r\n\r\n';
const UNTIL_CLOSE = 'HTTP/1.1 200 OK\r\n\r\nhello';
const INTERIM = `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${LENGTH}`;

describe('an upstream answer is read the same however its bytes are cut', () => {
  for (const [name, text] of Object.entries({ LENGTH, CHUNKED, UNTIL_CLOSE, INTERIM })) {
    it(name, () => {
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 12 }), (places) => {
          const seen = read(cut(text, places));
          assert.equal(seen.body, 'hello');
          assert.equal(seen.heads.length, 1);
          assert.equal(seen.heads[0]?.status, 200);
          assert.deepEqual(seen.ends, [name !== 'UNTIL_CLOSE']);
        }),
        { numRuns: 300 },
      );
    });
  }
});

describe('an answer that can be understood in two ways ends the connection [H07]', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const broken: Readonly<Record<string, string>> = {
    'two lengths': `${head}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    'a length and a coding': `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'an unknown coding': `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'a negative length': `${head}Content-Length: -1\r\n\r\n`,
    'a list of lengths': `${head}Content-Length: 5, 5\r\n\r\nhello`,
    'a hexadecimal length': `${head}Content-Length: 0x5\r\n\r\nhello`,
    'a folded header': `${head}A: b\r\n c\r\nContent-Length: 0\r\n\r\n`,
    'a space before the colon': `${head}Content-Length : 5\r\n\r\nhello`,
    'a NUL in a value': `${head}A: b\0c\r\nContent-Length: 0\r\n\r\n`,
    'a bare LF': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n',
    'another protocol': 'ICY 200 OK\r\n\r\n',
    'an upgrade': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'a chunk size that is none': `${head}Transfer-Encoding: chunked\r\n\r\n-3\r\nhel\r\n0\r\n\r\n`,
    'a chunk longer than it says': `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n`,
    'bytes behind the answer': `${LENGTH}HTTP/1.1 200 OK\r\n\r\n`,
    'an end inside the body': `${head}Content-Length: 9\r\n\r\nhello`,
    'an end inside a chunk': `${head}Transfer-Encoding: chunked\r\n\r\n9\r\nhello`,
  };
  for (const [name, text] of Object.entries(broken)) it(name, () => assert.throws(() => read([text]), AnswerSyntaxError));

  it('and the plain answer beside them is read', () => assert.equal(read([LENGTH]).body, 'hello'));
});

describe('bounds of an answer head', () => {
  it('a head of 64 KiB is refused before it is whole', () => assert.throws(() => read([`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`]), AnswerSyntaxError));
  it('a head of 60 KiB is read', () => assert.equal(read([`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(60_000)}\r\nContent-Length: 0\r\n\r\n`]).heads.length, 1));
  it('a chunk line without end is refused', () => assert.throws(() => read([`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(5_000)}`]), AnswerSyntaxError));
});

describe('a connection is used again only when both sides mean to keep it', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['HTTP/1.1 204 No Content\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', true],
  ];
  for (const [text, reusable] of cases) it(text.split('\r\n').slice(0, 2).join(' '), () => assert.deepEqual(read([text]).ends, [reusable]));

  it('two answers on one connection are told apart', () => assert.deepEqual(read([LENGTH, CHUNKED], 2).ends, [true, true]));
});

it('a header may be called __proto__ and stays data', () => {
  const seen = read(['HTTP/1.1 200 OK\r\n__proto__: x\r\nContent-Length: 0\r\n\r\n']);
  assert.equal(seen.heads[0]?.headers['__proto__'], 'x');
  assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
});
