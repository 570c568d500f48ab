import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { compileGlob, parsePermission, PermissionSet, PermissionSyntaxError, type PrimitiveKind } from './permission.ts';

type Asked = readonly [server: string, kind: PrimitiveKind, name: string];

/** What each permission covers, and its nearest neighbours that it must not. */
const COVERAGE: readonly { readonly text: string; readonly covers: readonly Asked[]; readonly not: readonly Asked[] }[] = [
  { text: '*', covers: [['crm', 'tool', 'x'], ['', 'resource', ''], ['a', 'prompt', 'b']], not: [] },
  { text: 'crm:*', covers: [['crm', 'tool', 'x'], ['crm', 'resource', 'crm://1'], ['crm', 'prompt', 'p']], not: [['crm2', 'tool', 'x'], ['CRM', 'tool', 'x'], ['', 'tool', 'x']] },
  { text: 'crm:get_customer', covers: [['crm', 'tool', 'get_customer']], not: [['crm', 'tool', 'get_customers'], ['crm', 'tool', 'get_custome'], ['crm', 'resource', 'get_customer'], ['crm', 'prompt', 'get_customer']] },
  { text: 'crm:get_*', covers: [['crm', 'tool', 'get_'], ['crm', 'tool', 'get_x']], not: [['crm', 'tool', 'get'], ['crm', 'tool', 'xget_'], ['crm', 'resource', 'get_x']] },
  { text: 'crm:*_list', covers: [['crm', 'tool', 'x_list']], not: [['crm', 'tool', 'x_list2'], ['crm', 'resource', 'x_list']] },
  { text: 'crm:tool/*', covers: [['crm', 'tool', 'x']], not: [['crm', 'resource', 'x'], ['crm', 'prompt', 'x']] },
  { text: 'crm:resource/crm://*', covers: [['crm', 'resource', 'crm://customers/1']], not: [['crm', 'resource', 'file://x'], ['crm', 'tool', 'crm://x']] },
  { text: 'crm:prompt/*', covers: [['crm', 'prompt', 'x']], not: [['crm', 'tool', 'x'], ['crm', 'resource', 'x']] },
  { text: 'crm:files/read', covers: [['crm', 'tool', 'files/read']], not: [['crm', 'tool', 'read']] },
  { text: '*:get_*', covers: [['crm', 'tool', 'get_x'], ['wiki', 'tool', 'get_x']], not: [['crm', 'tool', 'set_x'], ['crm', 'resource', 'get_x']] },
  { text: 'crm-*:x', covers: [['crm-eu', 'tool', 'x']], not: [['crm', 'tool', 'x']] },
  { text: 'crm:a:b', covers: [['crm', 'tool', 'a:b']], not: [['crm:a', 'tool', 'b']] },
];

suite('A permission', () => {
  for (const { text, covers, not } of COVERAGE) {
    test(`${text} covers what it says and nothing beside it`, () => {
      const permission = parsePermission(text);
      for (const asked of covers) assert.equal(permission.covers(...asked), true, asked.join(' '));
      for (const asked of not) assert.equal(permission.covers(...asked), false, asked.join(' '));
      assert.equal(permission.text, text);
    });
  }

  test('compares names byte for byte: no folding, no normalising (N14)', () => {
    const { covers } = parsePermission('crm:caf\u00e9');
    assert.equal(covers('crm', 'tool', 'caf\u00e9'), true);
    for (const alike of ['cafe\u0301', 'CAF\u00c9', 'caf\u00e9 ', 'caf\u00e9\u200b', 'caf%C3%A9', '\uff43af\u00e9']) assert.equal(covers('crm', 'tool', alike), false, alike);
  });

  test('names no regular expression: its characters stand for themselves', () => {
    for (const [text, alike] of [['crm:a.c', 'abc'], ['crm:a?', 'a'], ['crm:[ab]', 'a'], ['crm:a|b', 'a'], ['crm:(a)', 'a']] as const) {
      assert.equal(parsePermission(text).covers('crm', 'tool', text.slice(4)), true, text);
      assert.equal(parsePermission(text).covers('crm', 'tool', alike), false, text);
    }
  });

  test('touches the servers it could cover something of, and no other', () => {
    assert.deepEqual(['crm', 'wiki', ''].map(parsePermission('*').touches), [true, true, true]);
    assert.deepEqual(['crm', 'wiki', 'crm2'].map(parsePermission('crm:x').touches), [true, false, false]);
    assert.deepEqual(['crm', 'crm-eu'].map(parsePermission('crm-*:x').touches), [false, true]);
  });

  test('that names no server or nothing of it cannot be read, and the error says how to write one', () => {
    for (const text of ['', 'crm', 'crm:', ':get', ':', 'get_*', 'crm: get', 'crm:get ', ' *', '* ', 'crm:a\tb', 'crm:a\u00a0b', '**']) {
      assert.throws(() => parsePermission(text), (error) => error instanceof PermissionSyntaxError && error.message.startsWith(`"${text}" is not a permission: write "*",`), text);
    }
  });
});

suite('A glob', () => {
  /** The same question asked of a regular expression, as the oracle. */
  const oracle = (glob: string): RegExp => new RegExp(`^${glob.split('*').map((part) => part.replace(/[^a-z]/g, '\\$&')).join('[^]*')}$`);

  test('matches exactly what the regular expression of its stars matches', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(word, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (glob, text) => {
        assert.equal(compileGlob(glob)(text), oracle(glob).test(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test('lets no character count for two of its parts', () => {
    assert.equal(compileGlob('ab*ba')('aba'), false);
    assert.equal(compileGlob('ab*ba')('abba'), true);
    assert.equal(compileGlob('a*b*b')('ab'), false);
    assert.equal(compileGlob('a*bb*b')('abb'), false);
  });

  test('takes linear time: a bomb of stars against a megabyte that almost fits is judged at all (Q04, N15)', () => {
    const bomb = compileGlob(`${'a*'.repeat(500)}b`);
    const text = 'a'.repeat(1_000_000);
    // Whoever tries every way of sharing the letters out among the stars never gets here.
    assert.equal(bomb(text), false);
    assert.equal(bomb(`${text}b`), true);
  });
});

suite('A set of permissions', () => {
  const reader = parsePermission('crm:get_*');
  const all = parsePermission('wiki:*');
  const set = new PermissionSet([{ permission: reader, from: 'key' }, { permission: all, from: 'role editor' }]);

  test('grants nothing that none of its permissions covers: default deny', () => {
    assert.equal(set.find('crm', 'tool', 'delete'), undefined);
    assert.equal(set.find('crm', 'resource', 'get_x'), undefined);
    assert.equal(set.findServer('erp'), undefined);
    assert.equal(new PermissionSet([]).find('crm', 'tool', 'get_x'), undefined);
  });

  test('says which permission of whom decided, the first that fits', () => {
    assert.deepEqual(set.find('crm', 'tool', 'get_x'), { permission: reader, from: 'key' });
    assert.deepEqual(set.findServer('wiki'), { permission: all, from: 'role editor' });
    const twice = new PermissionSet([...set.grants, { permission: parsePermission('*'), from: 'role admin' }]);
    assert.equal(twice.find('wiki', 'prompt', 'x')?.from, 'role editor');
    assert.equal(twice.findServer('erp')?.from, 'role admin');
  });

  test('tells its permissions as they were written', () => {
    assert.deepEqual(set.texts(), ['crm:get_*', 'wiki:*']);
  });
});
