import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { aRequest } from '../../../test/world/exchanges.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { LearnedCatalog } from './catalog.ts';
import { parseLossless } from './lossless-json.ts';
import { missingList, narrowResult, type MayUse } from './narrow-list.ts';

/** Whatever is called "seen" may be used, as the kind it is listed as. */
const only = (kind: string): MayUse => (primitive) => primitive.kind === kind && primitive.name === 'seen';

const LISTS = [['tools', 'tool', 'name'], ['prompts', 'prompt', 'name'], ['resources', 'resource', 'uri'], ['resourceTemplates', 'resource', 'uriTemplate']] as const;

suite('A list shows what may be used, and nothing else (RS-17, Q03)', () => {
  for (const [member, kind, name] of LISTS) {
    test(`as ${member}, asked about as ${kind} by ${name}`, () => {
      const seen = { [name]: 'seen', description: 'kept' };
      const items: JsonValue[] = [seen, { [name]: 'hidden' }, { [name]: 'seen' }];
      assert.deepEqual(narrowResult({ [member]: items, nextCursor: 'c' }, only(kind)), { [member]: [seen, { [name]: 'seen' }], nextCursor: 'c' });
      assert.deepEqual(narrowResult({ [member]: items }, () => false), { [member]: [] });
    });

    test(`without items of ${member} that have no name to ask about`, () => {
      for (const odd of [null, 'seen', 7, [], [{ [name]: 'seen' }], {}, { [name]: 7 }, { [name]: null }, { [name]: ['seen'] }, { [name.toUpperCase()]: 'seen' }, { title: 'seen' }] as readonly JsonValue[]) {
        assert.deepEqual(narrowResult({ [member]: [odd] }, () => true), { [member]: [] }, JSON.stringify(odd));
      }
    });
  }

  test('all lists of one result at once', () => {
    const result = Object.fromEntries(LISTS.map(([member, , name]) => [member, [{ [name]: 'seen' }, { [name]: 'hidden' }]]));
    assert.deepEqual(narrowResult(result, ({ name }) => name === 'seen'), Object.fromEntries(LISTS.map(([member, , name]) => [member, [{ [name]: 'seen' }]])));
  });

  test('and what is no list of these stays as it is, the same object', () => {
    for (const result of [{}, { content: [{ name: 'hidden' }] }, { tools: { name: 'hidden' } }, { Tools: [] }, { cacheScope: 'private' }] as readonly JsonObject[]) assert.equal(narrowResult(result, () => false), result);
  });
});

suite('A cache hint', () => {
  test('is never public: what was filtered for one must not be served to another (M05)', () => {
    assert.deepEqual(narrowResult({ cacheScope: 'public', ttlMs: 5 }, () => true), { cacheScope: 'private', ttlMs: 5 });
    assert.deepEqual(narrowResult({ tools: [], cacheScope: 'public' }, () => true), { tools: [], cacheScope: 'private' });
  });
});

suite('A list answer', () => {
  const METHODS = [['tools/list', 'tools'], ['prompts/list', 'prompts'], ['resources/list', 'resources'], ['resources/templates/list', 'resourceTemplates']] as const;
  for (const [method, member] of METHODS) {
    test(`to ${method} holds ${member}, or an error (Q02)`, () => {
      const call = aRequest(method);
      assert.equal(missingList(call, { result: { [member]: [] } }), undefined);
      assert.equal(missingList(call, { error: { code: 1 } }), undefined);
      for (const message of [{}, { result: {} }, { result: [] }, { result: 'x' }, { result: { [member]: {} } }, { result: { [member]: null } }, { result: { other: [] } }] as readonly JsonObject[]) assert.equal(missingList(call, message), member, JSON.stringify(message));
    });
  }

  test('is asked for by list methods alone', () => {
    assert.equal(missingList(aRequest('tools/call'), { result: {} }), undefined);
    assert.equal(missingList({ kind: 'stream', era: 'legacy' }, { result: {} }), undefined);
  });
});

suite('JSON that is written again', () => {
  const NUMBERS = ['9007199254740993', '-9223372036854775808', '18446744073709551615', '1e400', '1E5', '1.0e-7', '0.1234567890123456789', '123456789012345678901234567890', '1', '0.5'];
  for (const number of NUMBERS) {
    test(`gives ${number} back as it was written (N07)`, () => {
      const text = `{"a":[${number},{"maximum":${number}}],"b":"${number}"}`;
      assert.equal(JSON.stringify(parseLossless(text)), text);
    });
  }

  test('is the same as with JSON.parse where a double holds every number', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(JSON.parse(JSON.stringify(parseLossless(text))), JSON.parse(text));
      }),
    );
  });

  test('is not JSON when JSON.parse says so, with delicate numbers and without', () => {
    for (const text of ['', '{', '{"a":1e5', '01', '1e5x', 'NaN', "{'a':1}"]) assert.throws(() => parseLossless(text), SyntaxError, text);
  });

  test('has no member that sets a prototype', () => {
    const value = parseLossless('{"__proto__":{"polluted":1e5},"constructor":1}');
    assert.equal(JSON.stringify(value), '{"__proto__":{"polluted":1e5},"constructor":1}');
    assert.equal('polluted' in {}, false);
  });
});

suite('The catalogue of tools', () => {
  test('calls a tool read-only only when its server has claimed so: the unknown counts as a write', () => {
    const catalog = new LearnedCatalog();
    catalog.learn('crm', [{ name: 'get', readOnly: true }, { name: 'set', readOnly: false }, { name: '__proto__', readOnly: true }]);
    const asked = [['crm', 'get'], ['crm', 'set'], ['crm', 'other'], ['wiki', 'get'], ['crm', 'constructor'], ['__proto__', 'toString'], ['crm', '__proto__']] as const;
    assert.deepEqual(asked.map(([server, tool]) => catalog.isReadOnly(server, tool)), [true, false, false, false, false, false, true]);
  });

  test('believes what it heard last, and forgets nothing it did not hear of again', () => {
    const catalog = new LearnedCatalog();
    catalog.learn('crm', [{ name: 'a', readOnly: true }, { name: 'b', readOnly: true }]);
    catalog.learn('crm', [{ name: 'a', readOnly: false }]);
    assert.deepEqual([catalog.isReadOnly('crm', 'a'), catalog.isReadOnly('crm', 'b')], [false, true]);
  });
});
