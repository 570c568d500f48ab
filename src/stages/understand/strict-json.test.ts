import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { parseStrict } from './strict-json.ts';

/** Text is sent as UTF-8, byte arrays as they are. */
const bodyOf = (body: string | readonly number[]): Buffer => (typeof body === 'string' ? Buffer.from(body) : Buffer.from(body));

const refusalOf = (body: string | readonly number[]): GatewayError => {
  try {
    parseStrict(bodyOf(body));
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the body was accepted' });
};

const accepts = (title: string, bodies: readonly string[]): void => {
  test(title, () => {
    for (const body of bodies) assert.deepEqual(parseStrict(Buffer.from(body)), JSON.parse(body), body.slice(0, 80));
  });
};

const refuses = (title: string, code: ErrorCode, bodies: readonly (string | readonly number[])[]): void => {
  test(title, () => {
    for (const body of bodies) assert.equal(refusalOf(body).code, code, String(body).slice(0, 80));
  });
};

const within = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const numbers = (...literals: string[]): readonly string[] => literals.flatMap((literal) => [literal, `[${literal}]`, `{"a":{"b":${literal} }}`]);

suite('A member name occurs once in an object, however it is written (N01)', () => {
  refuses('a repeated name is refused at any depth', 'rpc.invalid', [
    '{"method":"a","method":"b"}',
    '{"method":"a","x":1,"method":"a"}',
    '{"params":{"name":"a","name":"b"}}',
    '{"id":1,"id":1}',
    '{"params":{"arguments":{"path":["x",{"y":1,"z":2,"y":3}]}}}',
    '{"":1,"":2}',
    `${'{"a":'.repeat(60)}{"b":1,"b":2}${'}'.repeat(60)}`,
  ]);
  refuses('an escaped spelling of the same name is refused', 'rpc.invalid', [
    String.raw`{"a":1,"\u0061":2}`,
    String.raw`{"a/b":1,"a\/b":2}`,
    String.raw`{"é":1,"\u00e9":2}`,
    String.raw`{"😀":1,"\ud83d\uDE00":2}`,
    String.raw`{"\n":1,"\u000a":2}`,
  ]);
  accepts('the same name in different objects is fine, and so are names that only look alike', [
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
    '{"a":1,"A":2,"á":3,"a\u0301":4,"a ":5}',
    String.raw`{"a":1,"\\u0061":2}`,
    '{"a":"a","b":"a"}',
    '{"1":1,"01":2,"1.0":3}',
  ]);
});

suite('A string ends for the scan where it ends for JSON.parse (N01)', () => {
  const tails = ['', String.raw`\"`, String.raw`\\`, String.raw`\\\"`, String.raw`\"\\`, String.raw`\"x\"`, String.raw`\u0022`];
  for (const tail of tails) {
    test(`whatever its length, when ${tail === '' ? 'nothing is escaped' : tail} stands last`, () => {
      for (let length = 0; length < 210; length += 1) {
        const literal = `"${'x'.repeat(length)}${tail}"`;
        const after = `"a":{"b":[1,"}]"]}`;
        for (const body of [`{${literal}:1,${after}}`, `{"k":${literal},${after}}`, `[[${literal}],{${after}}]`]) {
          assert.deepEqual(parseStrict(Buffer.from(body)), JSON.parse(body), body);
        }
        for (const body of [`{${literal}:1,${after},${after}}`, `{"k":${literal},"k":1}`, `{${literal}:1,"k":0,${literal}:1}`]) {
          assert.equal(refusalOf(body).code, 'rpc.invalid', body);
        }
      }
    });
  }
});

suite('No name reaches a prototype (N04)', () => {
  refuses('__proto__ is refused anywhere, however it is written', 'rpc.invalid', [
    '{"__proto__":{"x":1}}',
    '{"params":{"arguments":{"__proto__":null}}}',
    '{"params":{"_meta":[{"__proto__":1}]}}',
    String.raw`{"\u005f_proto__":{"x":1}}`,
    String.raw`{"__pr\u006fto__":{"x":1},"a":1}`,
  ]);
  accepts('constructor and prototype are data, and __proto__ is a fine value', [
    '{"constructor":{"prototype":{"x":1}},"prototype":{"x":1},"toString":1,"hasOwnProperty":2}',
    '{"a":"__proto__","b":["__proto__"],"__proto":1,"_proto__":2}',
  ]);
  test('nothing is polluted after many bodies that try', () => {
    for (let round = 0; round < 10_000; round += 1) {
      const name = ['__proto__', 'constructor', 'prototype'][round % 3] ?? '';
      try {
        parseStrict(Buffer.from(`{"a":[{"${name}":{"${name}":{"x":${round}}}}]}`));
      } catch (error) {
        assert.ok(error instanceof GatewayError);
      }
    }
    const empty: Record<string, unknown> = {};
    assert.equal(empty['x'], undefined);
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});

suite('Depth is bounded before anything is built (N05)', () => {
  accepts('64 levels pass', [within(64), `${'{"a":'.repeat(64)}1${'}'.repeat(64)}`]);
  refuses('65 levels and more are refused', 'rpc.invalid', [within(65), within(100_000), '['.repeat(100_000), `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`]);
  accepts('brackets in a string do not count', [`"${'['.repeat(100)}"`, String.raw`"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["`]);
});

suite('A number is the same double for every reader (N07)', () => {
  refuses('magnitudes beyond 2^53-1, vanishing and zero-led literals are refused', 'rpc.invalid', [
    ...numbers('9007199254740992', '9007199254740993', '-9007199254740992', '90071992547409910', '9007199254740993.0', '900719925474099.2e1'),
    ...numbers('1e16', '1e400', '-1E+400', '1e308', '9e159', '0.1e17', '1e-400', '-1e-999', `0.${'0'.repeat(400)}1`),
    ...numbers('01', '-01', '00', '01.5', '00e1', '-00'),
  ]);
  accepts('everything a double carries exactly or rounds alike passes', [
    ...numbers('9007199254740991', '-9007199254740991', '9.007199254740991e15', '0', '-0', '1.0', '1e2', '1E+2', '0e400', '0.0e-9', '-0.0'),
    ...numbers('0.1', '123456789012345', '1234567890.12345678901', '5e-324', `0.${'3'.repeat(400)}`, '4503599627370497.5'),
  ]);
});

suite('The body is one JSON text in UTF-8 (N09, N12)', () => {
  refuses('bytes that are not UTF-8 are refused', 'rpc.parse', [
    [0x22, 0xc0, 0xae, 0x22],
    [0x22, 0xe0, 0x80, 0xaf, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22],
    [0x22, 0xff, 0x22],
    [0x22, 0xc3],
    [0x22, 0xe4, 0xb8, 0x22],
    [...Buffer.from('{"a":1}', 'utf16le')],
    [0xff, 0xfe, ...Buffer.from('{"a":1}', 'utf16le')],
    [0xef, 0xbb, 0xbf, ...Buffer.from('{"a":1}')],
  ]);
  refuses('half a surrogate pair is refused in names and values', 'rpc.parse', [
    String.raw`"\ud800"`,
    String.raw`{"\udc00":1}`,
    String.raw`"\uDBFF"`,
    String.raw`"\udfff"`,
    String.raw`"\udbff\ue000"`,
    String.raw`"\ud800\udbff"`,
    String.raw`"\ud83d\ud83d\ude00"`,
    String.raw`"\ude00\ud83d"`,
    String.raw`"\ud83dx\ude00"`,
    String.raw`"\\\uD83D\\uDE00"`,
    String.raw`["\uD83D\u0041"]`,
  ]);
  refuses('NUL is refused in names and values', 'rpc.parse', [String.raw`{"name":"read\u0000delete"}`, String.raw`{"a\u0000":1}`, '"\u0000"', String.raw`"\\\u0000"`]);
  accepts('whole pairs, escaped backslashes and U+FFFD pass', [
    String.raw`"\ud83d\ude00\uD83D\uDE00\ud800\udc00\udbff\udfff"`,
    String.raw`"\ud83d\ude00\ud7ff\ue000\uFFFF"`,
    String.raw`"\\ud800 \\u0000 \ufffd \u0001 \u00e9"`,
    '"\ufffd 😀 世界 é \u007f \u2028"',
  ]);
  refuses('what is not exactly one document is refused', 'rpc.parse', [
    '', ' ', '\n', '{} {}', '{}{}', '{}\n{}\n', '{}x', '{},', '[1,]', '{"a":1,}', '[,1]', '{"a" 1}', '{"a":}', '{a:1}', "{'a':1}", '[1 2]', '[', ']', '}',
    '// c\n{}', '{}/* c */', '#', 'NaN', 'Infinity', '-Infinity', 'undefined', 'True', 'nul', '+1', '.5', '1.', '1e', '-', '0x10', '1_0', '\ufeff{}',
    '"a', '"\t"', '"\n"', String.raw`"\x41"`, String.raw`"\u12g4"`, String.raw`"\ud83d\u"`, '"\\', `"${'x'.repeat(200)}`, `{"a":"${'x'.repeat(99)}\\"}`, '{"a":1]', '[1}', '\u00a0{}', '{}\u0000', '\v1',
  ]);
  accepts('any JSON value with JSON white space passes', [' \t\r\n{ "a" : [ 1 , true , false , null , "" , {} , [] ] } \n', '1', '"x"', 'null']);
});

suite('A refusal says what and where, and repeats nothing of the body (N01, G04)', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['{"secret-4711":1,"é":2,"é":3}', 'a member name that occurs twice at byte 24'],
    [String.raw`{"a":1,"\u0061":2}`, 'a member name that occurs twice at byte 7'],
    ['{"a":1 "secret-4711"}', 'malformed JSON at byte 7'],
    ['{"a":secret-4711}', 'malformed JSON at byte 5'],
    ['["é",secret-4711]', 'malformed JSON at byte 6'],
    [String.raw`["secret-4711\x"]`, 'malformed JSON at byte 13'],
    ['{"secret-4711":"x"', 'malformed JSON at byte 18'],
    ['[4711e400]', 'a number beyond 2^53-1 at byte 1'],
    ['{"a": 04711}', 'a number with leading zeros at byte 6'],
    [String.raw`["secret-4711\ud800"]`, 'half a surrogate pair at byte 13'],
    [within(65), 'nesting deeper than 64 at byte 64'],
  ];
  for (const [body, reason] of rows) {
    test(reason, () => {
      const error = refusalOf(body);
      assert.equal(error.circumstances.reason, reason);
      assert.equal(error.circumstances.cause, undefined);
      assert.doesNotMatch(JSON.stringify(error.circumstances) + error.message, /4711/);
    });
  }

  test('a byte that is not UTF-8 is placed to within one character', () => {
    const at = /at byte (\d+)$/.exec(refusalOf([...Buffer.from('"'.padEnd(1000, 'é')), 0xff, 0x22]).circumstances.reason)?.[1];
    assert.ok(Math.abs(Number(at) - 1999) <= 3, at);
  });
});
