import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as check, constantFrom, double, integer, letrec, oneof, option, property, record, string, tuple, uniqueArray, type Arbitrary } from 'fast-check';
import { aPrincipal } from '../../../../../test/world/exchanges.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Facts } from '../../../../model/policy.ts';
import { environment } from '../expression-language.ts';
import { contextFor } from '../expression-variables.ts';
import { expression } from '../expression.ts';
import { compileQuick } from './compile-quick.ts';

/** Whatever the expression and whatever the caller sends: our own functions say what the library for CEL says, or nothing. */

const NAMES = ['a', 'b', 'team', 'list', 'deep', 'constructor', 'toString', 'hasOwnProperty', 'length', 'size'] as const;

const json = letrec<{ value: unknown; scalar: unknown }>((tie) => ({
  scalar: oneof(constantFrom('', 'a', 'Sales', '\u{1F600}', '1', null, true, false), integer({ min: -3, max: 3 }), double({ noNaN: true, min: -2, max: 2 }), constantFrom(1e300, 9007199254740992)),
  value: oneof({ depthSize: 'small', withCrossShrink: true }, tie('scalar'), array(tie('scalar'), { maxLength: 3 }), array(tie('value'), { maxLength: 3 }), uniqueArray(tuple(constantFrom(...NAMES), tie('value')), { maxLength: 4, selector: ([name]) => name }).map((entries) => Object.fromEntries(entries))),
})).value;

// What was made of entries is an object of JSON.
const members = uniqueArray(tuple(constantFrom(...NAMES), json), { maxLength: 6, selector: ([name]) => name }).map((entries) => Object.fromEntries(entries) as JsonObject);

const facts: Arbitrary<Facts> = record({
  principal: record({ groups: array(constantFrom('Sales', 'a', ''), { maxLength: 2 }), claims: option(members, { nil: undefined }), clientId: option(constantFrom('app', 'a'), { nil: undefined }) }).map(({ groups, claims, clientId }) => aPrincipal({ groups, ...(claims === undefined ? {} : { claims }), ...(clientId === undefined ? {} : { clientId }) })),
  server: constantFrom('crm', 'wiki'),
  environment: constantFrom('live', 'test'),
  primitive: constantFrom({ kind: 'tool', name: 'get_x' }, { kind: 'resource', name: 'a' }, undefined),
  arguments: option(members, { nil: undefined }),
  annotation: constantFrom('read-only', 'destructive', undefined),
  address: constantFrom('10.0.0.1', '2001:db8::1'),
  nowMs: integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000 + 123),
});

const literal = oneof(constantFrom('"a"', '"Sales"', '""', '"\u{1F600}"', 'null', 'true', 'false', '1u', 'b"a"', '1e300', '9007199254740993'), integer({ min: -3, max: 3 }).map(String), constantFrom('0.0', '1.0', '-1.5', '2.0'), string({ maxLength: 3 }).map((text) => JSON.stringify(text).replace(/\\u[0-9a-f]{4}/gi, '')));
const root = constantFrom('call.arguments', 'principal.claims', 'call', 'principal', 'x');
const plain = constantFrom('principal.groups', 'principal.client', 'principal.subject', 'call.name', 'call.kind', 'call.annotation', 'server.name', 'server.environment', 'request.address', 'principal', 'call.arguments', 'principal.claims', 'now', 'x', 'server');
const path = oneof(plain, tuple(root, array(constantFrom(...NAMES.map((name) => `.${name}`), '["a"]', '["constructor"]', '["__proto__"]', '[0]', '[-1]', '["0"]'), { minLength: 1, maxLength: 3 })).map(([start, names]) => start + names.join('')));
const zone = constantFrom('', '"Europe/Berlin"', '"America/New_York"', '"nowhere"', '"+02:00"', '""');
const moment = tuple(constantFrom('getHours', 'getDayOfWeek', 'getDayOfMonth', 'getDate', 'getMonth', 'getFullYear', 'getMinutes', 'getSeconds', 'getMilliseconds', 'getDayOfYear'), zone).map(([name, where]) => `now.${name}(${where})`);

const texts = letrec<{ value: string; truth: string; list: string }>((tie) => ({
  list: oneof({ maxDepth: 3, depthSize: 'small' }, path, array(literal, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`), array(path, { maxLength: 2 }).map((items) => `[${items.join(', ')}]`)),
  value: oneof({ maxDepth: 3, depthSize: 'small' }, path, literal, path, moment, tie('list'), tuple(constantFrom('size', 'has', 'string', 'int', 'dyn'), path).map(([name, of]) => `${name}(${of})`), tuple(path, constantFrom('size', 'lowerAscii', 'upperAscii', 'trim')).map(([of, name]) => `${of}.${name}()`), tuple(tie('truth'), tie('value'), tie('value')).map(([condition, yes, no]) => `(${condition} ? ${yes} : ${no})`), tie('value').map((of) => `-(${of})`), tuple(tie('value'), constantFrom('+', '-', '*'), tie('value')).map((parts) => `(${parts.join(' ')})`)),
  truth: oneof(
    { maxDepth: 4, depthSize: 'medium' },
    tuple(tie('value'), constantFrom('==', '!=', '<', '<=', '>', '>='), tie('value')).map((parts) => `(${parts.join(' ')})`),
    tuple(tie('value'), tie('list')).map(([one, list]) => `(${one} in ${list})`),
    path.map((of) => `has(${of})`),
    tuple(path, constantFrom('startsWith', 'endsWith', 'contains'), tie('value')).map(([of, name, part]) => `${of}.${name}(${part})`),
    tuple(tie('list'), constantFrom('exists', 'all', 'exists_one'), constantFrom('x', 'call', 'now'), tie('truth')).map(([list, name, bound, predicate]) => `${list}.${name}(${bound}, ${predicate})`),
    tuple(tie('truth'), constantFrom('&&', '||'), tie('truth')).map((parts) => `(${parts.join(' ')})`),
    tie('truth').map((one) => `!${one}`),
    tie('value'),
    constantFrom('true', 'false'),
  ),
}));

type Outcome = { readonly value: unknown } | { readonly error: string };

const outcomeOf = (ask: () => unknown): Outcome => {
  try {
    return { value: ask() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};

const askAt = (text: string): ((now: Date) => unknown) => {
  const parsed = environment.parse(text);
  return (now) => parsed({ now });
};

suite('Expressions compiled by us', () => {
  test('come to what the library says, or leave it to the library (Q04, R61)', () => {
    const seen = { sure: 0, unsure: 0, errors: 0 };
    check(
      property(oneof(texts.truth, texts.value), array(facts, { minLength: 3, maxLength: 3 }), (text, asked) => {
        const parsed = outcomeOf(() => environment.parse(text));
        if ('error' in parsed) return;
        const ours = environment.parse(text);
        if (!ours.check().valid) return;
        const quick = compileQuick(ours.ast, askAt);
        for (const one of asked) {
          const [mine, theirs] = [quick(one), outcomeOf(() => environment.parse(text)(contextFor(one)))];
          if (typeof mine === 'symbol') seen.unsure += 1;
          else assert.deepEqual({ value: mine }, theirs, `${text} of ${JSON.stringify(one)}`);
          if (typeof mine !== 'symbol') seen.sure += 1;
          if ('error' in theirs) seen.errors += 1;
        }
      }),
      { numRuns: 4_000, seed: 13 },
    );
    for (const [what, times] of Object.entries(seen)) assert.ok(times > 1_000, `too few were ${what} to show anything: ${JSON.stringify(seen)}`);
  });

  test('as a condition, an expression holds, does not, or fails with the words of the library', () => {
    check(
      property(texts.truth, facts.filter((one) => one.primitive !== undefined && one.arguments !== undefined), (text, one) => {
        if (!expression.options.safeParse(text).success) return;
        const theirs = outcomeOf(() => environment.parse(text)(contextFor(one)));
        const expected = 'value' in theirs && typeof theirs.value !== 'boolean' ? { error: 'the expression came to something that is neither true nor false' } : theirs;
        assert.deepEqual(outcomeOf(() => expression.build(text).holds(one)), expected, text);
      }),
      { numRuns: 1_500, seed: 17 },
    );
  });

  const one: Facts = {
    principal: aPrincipal({ subject: 'alice@company.com', groups: ['Sales'], claims: { team: 'Sales', level: 3 } }), server: 'crm', environment: 'live', primitive: { kind: 'tool', name: 'get_x' },
    arguments: { team: 'Sales', n: 2, tags: ['a', 'b'], filter: { region: 'EU' }, items: [{ amount: 5 }], odd: [{ constructor: 1 }] }, annotation: 'write', address: '192.0.2.7', nowMs: Date.UTC(2026, 6, 28, 12),
  };
  /** What policies are written of; the library is not asked for any of it, and so they are quick. */
  const USUAL: readonly (readonly [string, boolean])[] = [
    ['call.arguments.team in principal.groups && call.arguments.n != 3', true],
    ['"Sales" in principal.groups || principal.claims.level >= 4', true],
    ['has(call.arguments.filter) && call.arguments.filter.region == "EU"', true],
    ['!has(call.arguments.missing)', true],
    ['!has(principal.client) && !has(call.arguments.toString)', true],
    ['call.name.startsWith("get_") && !call.name.endsWith("_all") && principal.subject.contains("@")', true],
    ['call.arguments.n in [1, 2, 3] && call.arguments["team"] in ["Sales", "Finance"]', true],
    ['size(call.arguments.tags) > 1 && call.arguments.team.size() == 5', true],
    ['call.arguments.tags.exists(tag, tag == "b") && call.arguments.items.all(item, item.amount < 10)', true],
    ['call.arguments.team.lowerAscii() == "sales" ? server.environment == "live" : false', true],
    ['now.getHours() >= 9 && now.getHours("Europe/Berlin") < 17 && now.getDayOfWeek("Europe/Berlin") in [1, 2, 3, 4, 5]', true],
    ['"team" in call.arguments && principal.claims.level == 3 && call.annotation != "destructive"', true],
    ['call.arguments.n > -1.5 && request.address == "10.0.0.1"', false],
  ];
  for (const [text, value] of USUAL) {
    test(`are sure of ${text}`, () => {
      assert.equal(expression.options.safeParse(text).success, true);
      assert.equal(compileQuick(environment.parse(text).ast, askAt)(one), value);
    });
  }

  const UNUSUAL = ['call.arguments.missing == 1', 'call.arguments.constructor == 1', 'call.arguments.team > 1', 'call.arguments.items == 1', 'call.name', 'principal.client == "a"', 'now.getHours("nowhere") == 1', 'call.arguments.n + 1.0 == 3.0', '"a" in call.arguments["__proto__"]', '"a" in call.arguments.odd', 'call.arguments.odd.exists(x, true)'];
  for (const text of UNUSUAL) test(`leave ${text} to the library`, () => assert.notEqual(typeof compileQuick(environment.parse(text).ast, askAt)(one), 'boolean'));
});
