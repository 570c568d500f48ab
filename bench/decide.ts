import { compilePolicy } from '../src/stages/authorize/compile-policy.ts';
import { parsePermission, PermissionSet } from '../src/model/permission/permission.ts';
import type { Facts, RuleText } from '../src/model/policy.ts';
import type { Principal } from '../src/model/principal.ts';
import { judge, report } from './report.ts';

/**
 * What a decision costs with 1, 50 and 500 rules, in microseconds: `node bench/decide.ts`. Every rule concerns the caller, the server and the
 * tool, each has a condition that is judged and does not hold, and only the last allows: nothing is quicker than it would be at its worst.
 * `others` is the usual case, in which the rules are about other callers.
 */
const ROUNDS = 5;
const BUDGET_MS = 200;

const conditions: readonly RuleText['when'][] = [
  { networks: ['10.0.0.0/8', '192.168.0.0/16'] },
  { arguments: { team: { equals: 'principal.group' } } },
  { hours: { from: '00:00', to: '00:01', days: ['sun'], zone: 'Europe/Berlin' } },
  { annotation: 'read-only' },
  { environment: 'test' },
];

const rulesOf = (count: number, more: Partial<RuleText>): readonly RuleText[] => [
  ...Array.from({ length: count - 1 }, (_, at): RuleText => ({ name: `rule ${String(at)}`, effect: at % 2 === 0 ? 'deny' : 'allow', who: { role: ['admin'] }, what: { server: ['crm'], tool: ['get_*', 'list_*'] }, when: conditions[at % conditions.length] ?? {}, ...more })),
  { name: 'last', effect: 'allow', who: { role: ['admin'] }, what: { tool: ['get_*'] }, when: { networks: ['192.0.2.0/24'] } },
];

const principal: Principal = { subject: 'alice@company.com', name: 'bench', method: 'api-key', credentialId: 'key_1', roles: ['admin'], group: 'Sales', groups: ['Sales'], permissions: new PermissionSet([{ permission: parsePermission('wiki:*'), from: 'key' }]) };
const facts: Facts = { principal, server: 'crm', environment: 'live', primitive: { kind: 'tool', name: 'get_customer' }, arguments: { team: 'Finance', id: 'cust_789' }, annotation: 'write', address: '192.0.2.7', nowMs: Date.UTC(2026, 6, 28, 12) };

/** Microseconds of one decision: the best of a few rounds, because only disturbances make it slower. */
const measure = (rules: readonly RuleText[]): number => {
  const policy = compilePolicy({ permissions: {}, roles: {}, rules });
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < BUDGET_MS) for (let at = 0; at < 500; at += 1, count += 1) policy.decide({ ...facts, nowMs: facts.nowMs + count });
    best = Math.min(best, ((performance.now() - start) * 1000) / count);
  }
  return best;
};

const expression = { when: { expr: 'call.arguments.team in principal.groups' } };
/** The same with a condition of its own for each rule: conditions that several rules share are judged once. */
const differing = (rules: readonly RuleText[]): readonly RuleText[] => rules.map((rule, at) => (rule.when?.expr === undefined ? rule : { ...rule, when: { expr: `call.arguments.team in principal.groups && call.arguments.id != "${String(at)}"` } }));
const rows = [1, 50, 500].map((count) => {
  const figures = [rulesOf(count, {}), rulesOf(count, { who: { role: ['somebody'] } }), rulesOf(count, expression), differing(rulesOf(count, expression))].map(measure);
  return { count, figures };
});
report({
  title: 'A decision by itself, µs', columns: ['rules', 'each is judged, none decides', 'about other callers', 'one condition in CEL', 'each its own in CEL'],
  rows: rows.map(({ count, figures }) => [String(count), ...figures.map((figure) => figure.toFixed(2))]), note: `The best of ${String(ROUNDS)} rounds in one process.`,
});
const [worst, , , own] = rows.find(({ count }) => count === 50)?.figures ?? [];
judge('a decision over 50 rules, each judged', worst ?? Number.POSITIVE_INFINITY, { most: 5 }, ' µs');
judge('a decision over 50 rules, each with its own condition in CEL', own ?? Number.POSITIVE_INFINITY, { most: 5 }, ' µs');
