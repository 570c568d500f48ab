import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { JsonValue } from '../../model/json.ts';
import { parseStrict } from './strict-json.ts';

/** What parseStrict makes of bytes: a value, or a refusal; any other throw fails the property. */
const outcomeOf = (bytes: Buffer): { readonly value: JsonValue } | { readonly refused: string } => {
  try {
    return { value: parseStrict(bytes) };
  } catch (error) {
    if (error instanceof GatewayError) return { refused: error.code };
    throw error;
  }
};

/** Values every reader agrees about, with text that stresses escapes and encodings. */
const name = fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => text !== '__proto__' && !text.includes('\u0000'));
const text = fc.string({ unit: 'binary', maxLength: 90 }).map((value) => value.replaceAll('\u0000', ''));
const number = fc.oneof(fc.maxSafeInteger(), fc.double({ min: -1e15, max: 1e15, noNaN: true }), fc.constantFrom(0, 1e2, 0.1, 5e-324));
const { value: agreed } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(name, tie('value'), { maxKeys: 6 }),
  ),
}));

/** Escapes some letters of each string, chosen by `dice`, so that equal names are spelt differently. */
const respelt = (json: string, dice: number): string =>
  json.replaceAll(/"(?:[^"\\]|\\.)*"/g, (literal) =>
    literal.replaceAll(/\\u.{4}|\\.|[a-z]/g, (unit, at: number) =>
      unit.length > 1 || (at * 31 + dice) % 3 > 0 ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );

const json = fc.tuple(agreed, fc.constantFrom(undefined, 1, '\t'), fc.nat()).map(([value, indent, dice]) => respelt(JSON.stringify(value, undefined, indent), dice));

/** Puts a fragment where a value stands: `spot` chooses among the places right after a `[`, or else wraps the whole. */
const planted = (whole: string, fragment: string, spot: number): string => {
  const places = [...whole.matchAll(/(?<=^(?:[^"\\]|"(?:[^"\\]|\\.)*")*)\[/g)].map((match) => match.index);
  const place = places[spot % (places.length + 1)];
  if (place === undefined) return `{"whole":${whole},"planted":${fragment}}`;
  const isEmpty = /^\[\s*\]/.test(whole.slice(place));
  return `${whole.slice(0, place + 1)}${fragment}${isEmpty ? '' : ','}${whole.slice(place + 1)}`;
};

const EVIL = [
  ['a repeated name', '{"k":1,"k":2}', 'rpc.invalid'],
  ['a repeated name, escaped', String.raw`{"k":1,"x":[{}],"\u006b":2}`, 'rpc.invalid'],
  ['__proto__', '{"__proto__":{"x":1}}', 'rpc.invalid'],
  ['an unsafe integer', '9007199254740993', 'rpc.invalid'],
  ['an overflow', '-1e400', 'rpc.invalid'],
  ['an underflow', '1e-400', 'rpc.invalid'],
  ['a leading zero', '[-012]', 'rpc.invalid'],
  ['too much depth', `${'['.repeat(65)}${']'.repeat(65)}`, 'rpc.invalid'],
  ['half a surrogate pair', String.raw`{"\ud83d":1}`, 'rpc.parse'],
  ['a NUL', String.raw`"a\u0000b"`, 'rpc.parse'],
  ['a comment', '1/**/', 'rpc.parse'],
  ['a raw control character', '"\u0001"', 'rpc.parse'],
] as const;

suite('The strict reader and JSON.parse agree, or the strict reader refuses (N01, N04, N07, N09)', () => {
  test('whatever every reader agrees about is accepted and read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(json, (body) => {
        assert.deepStrictEqual(outcomeOf(Buffer.from(body)), { value: JSON.parse(body) });
      }),
      { numRuns: 2000 },
    );
  });

  for (const [title, fragment, code] of EVIL) {
    test(`${title} is refused wherever it is planted`, () => {
      fc.assert(
        fc.property(json, fc.nat({ max: 50 }), (body, spot) => {
          assert.deepStrictEqual(outcomeOf(Buffer.from(planted(body, fragment, spot))), { refused: code });
        }),
        { numRuns: 150 },
      );
    });
  }

  test('mutated bytes are refused or read as JSON.parse reads them, and pollute nothing', () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[]:,0e-u')), fc.integer({ min: 0, max: 255 })), insert: fc.boolean() });
    fc.assert(
      fc.property(json, fc.array(mutation, { minLength: 1, maxLength: 4 }), (body, mutations) => {
        const bytes = [...Buffer.from(body)];
        for (const { at, byte, insert } of mutations) bytes.splice(at % (bytes.length + 1), insert ? 0 : 1, byte);
        const outcome = outcomeOf(Buffer.from(bytes));
        if ('value' in outcome) assert.deepStrictEqual(outcome.value, JSON.parse(Buffer.from(bytes).toString('utf8')));
      }),
      { numRuns: 5000 },
    );
    assert.deepEqual(Object.keys(Object.prototype), []);
  });

  test('arbitrary bytes are refused or read as JSON.parse reads them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        const bytes = Buffer.from(noise);
        const outcome = outcomeOf(bytes);
        if ('value' in outcome) assert.deepStrictEqual(outcome.value, JSON.parse(bytes.toString('utf8')));
      }),
      { numRuns: 3000 },
    );
  });
});
