import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { refusalOf } from '../../../../test/world/refusal.ts';
import type { AnswerHead } from './response-parser.ts';
import { judgeAnswer } from './judge-answer.ts';

const head = (status: number, headers: AnswerHead['headers'] = {}): AnswerHead => ({ status, headers });

const JSON_TYPE = { 'content-type': 'application/json' };
const SSE_HEADERS = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' };

suite("A server's answer is passed on", () => {
  const PASSED: readonly (readonly [what: string, AnswerHead, body: string, headers: object])[] = [
    ['as JSON', head(200, JSON_TYPE), 'json', { 'Content-Type': 'application/json' }],
    ['as JSON in any spelling (Q02)', head(200, { 'content-type': 'Application/JSON ; charset=utf-8' }), 'json', { 'Content-Type': 'application/json' }],
    ['as JSON with another good status (Q02)', head(201, JSON_TYPE), 'json', { 'Content-Type': 'application/json' }],
    ['as JSON with an error of its own', head(404, JSON_TYPE), 'json', { 'Content-Type': 'application/json' }],
    ['as JSON with a fault of its own', head(500, JSON_TYPE), 'json', { 'Content-Type': 'application/json' }],
    ['as events', head(200, { 'content-type': 'text/event-stream' }), 'events', SSE_HEADERS],
    ['as events with a parameter (Q02)', head(200, { 'content-type': 'text/event-stream ;x' }), 'events', SSE_HEADERS],
    ['without a body when it was accepted', head(202, JSON_TYPE), 'none', {}],
    ['without a body when there is none', head(204), 'none', {}],
    ['without a body when it is empty', head(200, { 'content-type': 'text/plain', 'content-length': '0' }), 'none', {}],
    ['without a body when it has no type', head(200), 'none', {}],
    ['without its body when it is an error in words', head(400, { 'content-type': 'text/html' }), 'none', {}],
    ['with the headers of the protocol', head(405, { allow: 'POST', 'mcp-session-id': 's', 'mcp-protocol-version': 'v', 'retry-after': '3' }), 'none', { Allow: 'POST', 'Mcp-Session-Id': 's', 'Mcp-Protocol-Version': 'v', 'Retry-After': '3' }],
    ['when it says that it is not compressed', head(200, { ...JSON_TYPE, 'content-encoding': 'identity' }), 'json', { 'Content-Type': 'application/json' }],
  ];
  for (const [what, answer, body, headers] of PASSED) test(what, () => assert.deepEqual(judgeAnswer(answer), { status: answer.status, body, headers }));

  test('without anything that is not ours to give: cookies, challenges, places, cache and framing (P07)', () => {
    const foreign = ['set-cookie', 'www-authenticate', 'proxy-authenticate', 'location', 'content-location', 'link', 'server', 'x-powered-by', 'access-control-allow-origin', 'cache-control', 'strict-transport-security', 'x-request-id', 'connection', 'content-length', 'transfer-encoding', 'ratelimit', '__proto__'];
    const headers = { ...JSON_TYPE, ...Object.fromEntries(foreign.map((name) => [name, 'x'])) };
    assert.deepEqual(judgeAnswer(head(200, headers)).headers, { 'Content-Type': 'application/json' });
  });
});

suite("A server's answer is refused", () => {
  const REFUSED: readonly (readonly [what: string, AnswerHead, code: string])[] = [
    ['when it refuses the gateway (P07)', head(401, JSON_TYPE), 'upstream.unauthorized'],
    ['when it forbids the gateway (P07)', head(403, JSON_TYPE), 'upstream.unauthorized'],
    ['when its proxy refuses the gateway (P07)', head(407), 'upstream.unauthorized'],
    ['when it redirects (S06, P07)', head(307, { location: 'http://169.254.169.254/' }), 'upstream.answer-refused'],
    ['when it redirects with a body', head(302, JSON_TYPE), 'upstream.answer-refused'],
    ['when it offers a choice', head(300, JSON_TYPE), 'upstream.answer-refused'],
    ['when it says 304', head(304), 'upstream.answer-refused'],
    ['when it says 399', head(399, JSON_TYPE), 'upstream.answer-refused'],
    ['when it fails in words', head(500, { 'content-type': 'text/html' }), 'upstream.answer-refused'],
    ['when it fails without a word', head(502), 'upstream.answer-refused'],
    ['when it fails as a stream', head(503, { 'content-type': 'text/event-stream' }), 'upstream.answer-refused'],
    ['when its type is none of MCP (Q02)', head(200, { 'content-type': 'text/html' }), 'upstream.answer-refused'],
    ['when its type only begins like JSON (Q02)', head(200, { 'content-type': 'application/json-seq' }), 'upstream.answer-refused'],
    ['when it is compressed (S08, D07)', head(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }), 'upstream.answer-refused'],
    ['when it is compressed twice', head(200, { ...JSON_TYPE, 'content-encoding': 'gzip, br' }), 'upstream.answer-refused'],
    ['when it says two sessions (H10)', head(200, { ...JSON_TYPE, 'mcp-session-id': ['a', 'b'] }), 'upstream.answer-refused'],
    ['when it says one session twice (H10)', head(200, { ...JSON_TYPE, 'mcp-session-id': ['a', 'a'] }), 'upstream.answer-refused'],
    ['when it has two codings', head(200, { ...JSON_TYPE, 'content-encoding': ['identity', 'gzip'] }), 'upstream.answer-refused'],
    ['when it has two types (Q02)', head(200, { 'content-type': ['application/json', 'text/event-stream'] }), 'upstream.answer-refused'],
  ];
  for (const [what, answer, code] of REFUSED) test(what, () => assert.equal(refusalOf(() => judgeAnswer(answer)).code, code));

  test('with a reason that names the status or the type, and nothing else of it', () => {
    assert.equal(refusalOf(() => judgeAnswer(head(401))).circumstances.reason, 'the upstream answered 401');
    const { reason } = refusalOf(() => judgeAnswer(head(307, { location: 'http://user:pass@secret/' }))).circumstances; // sallyport-scan: allow, it opens nothing
    assert.equal(reason, 'the upstream redirects (307); put the final URL into the config');
    assert.equal(refusalOf(() => judgeAnswer(head(200, { 'content-type': `y${'x'.repeat(5_000)}` }))).circumstances.reason, `the upstream answered with the media type y${'x'.repeat(63)}`);
    for (const [, answer] of REFUSED) assert.equal(refusalOf(() => judgeAnswer(answer)).circumstances.detail, undefined);
  });
});
