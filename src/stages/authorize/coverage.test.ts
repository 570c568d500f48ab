import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Primitive } from '../../model/call.ts';
import { parsePermission } from '../../model/permission/permission.ts';
import type { RuleText } from '../../model/policy.ts';
import { Coverage } from './coverage.ts';
import { compileRule, type Rule } from './rule.ts';

const WHATS: readonly RuleText['what'][] = [{ server: ['crm'], tool: ['get_*'] }, { resource: ['doc://*'] }, { server: ['wiki'] }, {}];

const rules = (asked?: () => void): readonly Rule[] =>
  WHATS.map((what, index) => {
    const rule = compileRule({ name: String(index), effect: 'deny', who: {}, what, when: {} }, index, parsePermission);
    return { ...rule, covers: (server: string, primitive: Primitive | undefined) => (asked?.(), rule.covers(server, primitive)) };
  });

const tool = (name: string): Primitive => ({ kind: 'tool', name });

suite('What covers a name', () => {
  test('is what each rule says, for each kind and server apart', () => {
    const coverage = new Coverage(rules());
    for (const round of ['first', 'remembered']) {
      assert.deepEqual([...coverage.of('crm', tool('get_x'))], [1, 0, 0, 1], round);
      assert.deepEqual([...coverage.of('crm', tool('set_x'))], [0, 0, 0, 1], round);
      assert.deepEqual([...coverage.of('wiki', tool('get_x'))], [0, 0, 1, 1], round);
      assert.deepEqual([...coverage.of('crm', { kind: 'resource', name: 'doc://1' })], [0, 1, 0, 1], round);
      assert.deepEqual([...coverage.of('crm', { kind: 'prompt', name: 'get_x' })], [0, 0, 0, 1], round);
      assert.deepEqual([...coverage.of('wiki', undefined)], [0, 0, 1, 1], round);
    }
  });

  test('is found once, not with every call', () => {
    let asked = 0;
    const coverage = new Coverage(rules(() => (asked += 1)));
    for (let at = 0; at < 100; at += 1) coverage.of('crm', tool('get_x'));
    assert.equal(asked, WHATS.length);
  });

  test('is the same after more names than are remembered: a caller who makes up names changes nothing', () => {
    let asked = 0;
    const coverage = new Coverage(rules(() => (asked += 1)));
    for (const round of [1, 2]) for (let at = 0; at < 5_000; at += 1) assert.equal(coverage.of('crm', tool(`${at % 2 === 0 ? 'get' : 'set'}_${String(at)}`))[0], 1 - (at % 2), String(round));
    assert.ok(asked > 5_000 * WHATS.length, 'what is remembered has an end');
  });

  test('is not remembered for names that take much to remember', () => {
    let asked = 0;
    const coverage = new Coverage(rules(() => (asked += 1)));
    for (let at = 0; at < 2; at += 1) assert.equal(coverage.of('crm', tool(`get_${'x'.repeat(600)}`))[0], 1);
    assert.equal(asked, 2 * WHATS.length);
  });
});
