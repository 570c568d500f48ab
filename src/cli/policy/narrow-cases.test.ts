import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseCases } from '../../config/parse-config.ts';
import type { RuleText } from '../../model/policy.ts';
import { judgeBy } from './past-call.ts';
import { runCase } from './run-cases.ts';

const RULES: readonly RuleText[] = [
  { name: 'sales', effect: 'allow', who: { group: ['Sales'] }, what: { server: ['crm'] }, when: {} },
  { name: 'no interns', effect: 'deny', who: { role: ['intern'] }, what: { tool: ['export_*'] }, when: {} },
];

const judge = judgeBy({ permissions: {}, roles: { intern: [], member: [] }, rules: RULES }, { accepted: new Map(), people: { 'ida@company.com': { roles: ['intern', 'member'] } } });

const decided = (who: string, tool = 'get_customer'): string => {
  const [one] = parseCases(`cases: [{ name: x, who: ${who}, what: { server: crm, tool: ${tool} }, expect: allow }]`, 'cases.yaml');
  assert.ok(one !== undefined);
  const { decision, rule } = runCase(one, judge);
  return rule === undefined ? decision : `${decision} by ${rule}`;
};

suite('A case is judged as the gateway judges (R98, D2)', () => {
  test('whoever is given neither role nor permission is the whole person, and rules about the group reach them', () => {
    assert.equal(decided('{ person: bob, group: Sales }'), 'allow by rule sales');
    assert.equal(decided('{ person: bob, group: Other }'), 'deny');
  });

  test('a key that was made narrow is not widened by a rule about its owner', () => {
    assert.equal(decided('{ person: bob, group: Sales, permission: "crm:list_*" }'), 'deny');
    assert.equal(decided('{ person: bob, group: Sales, role: member }'), 'deny');
  });

  test('a denial of a role meets whoever has it under people, carried or not', () => {
    assert.equal(decided('{ person: bob, group: Sales }', 'export_report'), 'allow by rule sales');
    assert.equal(decided('{ person: ida@company.com, group: Sales }', 'export_report'), 'deny by rule no interns');
  });
});
