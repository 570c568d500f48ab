import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { timesAsDear } from '../../../test/world/cpu.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { BOUNDS, parseStrict } from './strict-json.ts';

const members = (names: readonly string[]): string => `{${names.map((name) => `"${name}":0`).join(',')}}`;
const many = <T>(count: number, name: (index: number) => T): readonly T[] => Array.from({ length: count }, (_, index) => name(index));

/** The bodies of up to 4 MiB that cost most for their size, those included that are refused in the end. */
const HEAVY: ReadonlyMap<string, string> = new Map([
  ['names that collide as array indices', members(many(BOUNDS.members, (index) => String(10n ** 15n + BigInt(index) * 2n ** 24n)))],
  ['sparse array indices', members(many(BOUNDS.members, (index) => String((index * 42_949) % 4_294_967_294)))],
  ['as many shapes as members', `[${many(BOUNDS.members, (index) => `{"${index.toString(36)}":0}`).join(',')}]`],
  ['one repeated name', members(many(BOUNDS.members, () => 'a'))],
  ['a repeated name among long ones', members(many(BOUNDS.members, (index) => 'k'.repeat(70) + (index % (BOUNDS.members - 1))))],
  ['doubtful numbers', `[${many(BOUNDS.values - 1, () => '1e5').join(',')}]`],
  ['escaped quotes', `"${String.raw`\"`.repeat(2_000_000)}"`],
  ['escaped pairs', `"${String.raw`\ud83d\ude00`.repeat(330_000)}"`],
  ['backslashes', `"${'\\'.repeat(4_000_000)}"`],
  ['a long number', '1'.repeat(4_000_000)],
  ['open brackets', '['.repeat(4_000_000)],
  ['white space before rubbish', `${' '.repeat(4_000_000)}x`],
]);

/** An everyday body of about 4 MiB: records with a few fields each, none of them strange. */
const ORDINARY = Buffer.from(JSON.stringify(many(10_000, (index) => ({ id: index, note: 'x'.repeat(350) }))));

const read = (bytes: Buffer): void => {
  try {
    parseStrict(bytes);
  } catch (error) {
    assert.ok(error instanceof GatewayError);
  }
};

suite('No body costs more than its size explains (N15)', () => {
  for (const [title, body] of HEAVY) {
    test(`${title}: CPU stays within bounds`, async () => {
      const bytes = Buffer.from(body);
      const times = await timesAsDear(() => read(bytes), () => read(ORDINARY));
      // Anything quadratic in one of the bounds is thousands of times as dear.
      assert.ok(times < 60, `${String(times)} times as dear as an everyday body of that size`);
    });
  }

  const overfull: ReadonlyMap<string, string> = new Map([
    ['members in one object', members(many(BOUNDS.members + 1, (index) => `k${index}`))],
    ['members in many objects', `[${'{"a":0},'.repeat(BOUNDS.members)}{"a":0}]`],
    ['elements', `[${'0,'.repeat(BOUNDS.values)}0]`],
    ['empty objects', `[${'{},'.repeat(BOUNDS.values)}0]`],
  ]);
  for (const [title, body] of overfull) {
    test(`too many ${title} are refused`, () => {
      assert.throws(() => parseStrict(Buffer.from(body)), { code: 'rpc.invalid' });
    });
  }

  test('as much structure as the bounds allow is read, and a long text is one value', () => {
    assert.doesNotThrow(() => parseStrict(Buffer.from(members(many(BOUNDS.members, (index) => `k${index}`)))));
    assert.doesNotThrow(() => parseStrict(Buffer.from(`[${'0,'.repeat(BOUNDS.values - 1)}0]`)));
    assert.doesNotThrow(() => parseStrict(Buffer.from(`{"content":"${'x'.repeat(4_000_000)}"}`)));
  });
});
