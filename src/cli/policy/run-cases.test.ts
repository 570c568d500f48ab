import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseCases } from '../../config/parse-config.ts';
import { judgeBy } from './past-call.ts';
import { runCase } from './run-cases.ts';

const rules = [
  { name: 'the assistant reads', effect: 'allow' as const, who: { client: ['assistant'] }, what: { tool: ['get_*'] }, when: {} },
  { name: 'blue team only', effect: 'deny' as const, who: {}, what: { tool: ['get_secret'] }, when: { expr: 'principal.issuer != "corp" || principal.claims.team != "blue"' } },
];

suite('A case about an access token', () => {
  const judge = judgeBy({ permissions: {}, roles: {}, rules }, { accepted: new Map(), people: {} });
  const decide = (who: object, tool: string): string => {
    const [one] = parseCases(JSON.stringify({ cases: [{ name: 'case', who, what: { server: 'crm', tool }, expect: 'allow' }] }), 'cases');
    assert.ok(one !== undefined);
    return String(JSON.stringify(runCase(one, judge)));
  };

  test('is judged by its client, issuer and claims, as the gateway judges it', () => {
    assert.match(decide({ client: 'assistant' }, 'get_customer'), /"passed":true/);
    assert.match(decide({ client: 'other' }, 'get_customer'), /"passed":false/);
    assert.match(decide({ client: 'assistant', issuer: 'corp', claims: { team: 'blue' } }, 'get_secret'), /"passed":true/);
    assert.match(decide({ client: 'assistant', issuer: 'corp', claims: { team: 'red' } }, 'get_secret'), /"passed":false/);
  });
});
