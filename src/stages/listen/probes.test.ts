import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { buildProbes } from './probes.ts';

const ask = (target: string, { method = 'GET', blockers = [] as readonly string[], complaints = [] as readonly string[] } = {}): { status: number; body: unknown; cache: string | undefined } | undefined => {
  const reply = buildProbes(() => blockers, () => complaints)(method, target);
  if (reply === undefined) return undefined;
  assert.ok(reply.kind === 'whole' && typeof reply.body === 'string');
  return { status: reply.status, body: JSON.parse(reply.body), cache: reply.headers['Cache-Control'] };
};

suite('A health question', () => {
  test('about life is answered as long as the process answers', () => {
    for (const target of ['/healthz', '/livez']) assert.deepEqual(ask(target, { blockers: ['stops'], complaints: ['down'] }), { status: 200, body: { status: 'alive' }, cache: 'no-store' });
  });

  const READINESS: readonly (readonly [string, readonly string[], readonly string[], number, object])[] = [
    ['when all is well', [], [], 200, { status: 'ready', reasons: [] }],
    ['when a server is down: the others are served', [], ['server crm: down'], 200, { status: 'degraded', reasons: ['server crm: down'] }],
    ['when the gateway stops', ['the gateway is stopping'], ['server crm: down'], 503, { status: 'not ready', reasons: ['the gateway is stopping'] }],
  ];
  for (const [when, blockers, complaints, status, body] of READINESS) test(`about readiness is answered with ${status} and the reasons ${when} (F09)`, () => assert.deepEqual(ask('/readyz', { blockers, complaints }), { status, body, cache: 'no-store' }));

  test('is one only in its exact words: anything else is a request like any other (W05, P04)', () => {
    for (const target of ['/', '/mcp', '/healthz/', '/healthz?x', '//healthz', '/Healthz', '/readyz/../mcp', '/metrics', '/readyz%20', '']) assert.equal(ask(target), undefined, target);
    for (const method of ['POST', 'HEAD', 'OPTIONS', 'get', '']) for (const target of ['/healthz', '/readyz']) assert.equal(ask(target, { method }), undefined, method);
  });
});
