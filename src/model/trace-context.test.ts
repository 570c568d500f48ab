import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as holds, double, property, string, uint8Array } from 'fast-check';
import { aRequest } from '../../test/world/exchanges.ts';
import { beginTrace, isTracestate, readTraceparent, spanIdOf, traceOf, traceparentOf, traceSaid } from './trace-context.ts';

/** Trace context of callers (W3C Trace Context level 1; SEP-414; semantic conventions for MCP, "Context propagation"). */

const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const OTHER = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-${SPAN}-01`;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (length: number) => uint8Array({ minLength: length, maxLength: length }).filter((all) => all.some((one) => one > 0));

suite('A traceparent', () => {
  test('says trace, span and whether it is kept', () => {
    assert.deepEqual(readTraceparent(PARENT), { traceId: TRACE, parentSpanId: SPAN, sampled: true });
    assert.deepEqual(readTraceparent(`00-${TRACE}-${SPAN}-02`), { traceId: TRACE, parentSpanId: SPAN, sampled: false });
    assert.deepEqual(readTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes-later`), { traceId: TRACE, parentSpanId: SPAN, sampled: true }, 'a later version may say more');
  });

  for (const [what, text] of Object.entries({
    'the version ff': `ff-${TRACE}-${SPAN}-01`, 'capitals': PARENT.toUpperCase(), 'no trace': `00-${'0'.repeat(32)}-${SPAN}-01`, 'no span': `00-${TRACE}-${'0'.repeat(16)}-01`, 'more than version 00 has': `${PARENT}-01`, 'more and no dash': `cc-${TRACE}-${SPAN}-01x`,
    'a short trace': `00-${TRACE.slice(1)}-${SPAN}-01`, 'no flags': `00-${TRACE}-${SPAN}`, 'a space before': ` ${PARENT}`, 'a line behind': `${PARENT}\n`, 'nothing': '', 'a number': 7, 'an object': {}, 'null': null, 'absence': undefined,
  })) test(`with ${what} is as if there were none`, () => assert.equal(readTraceparent(text), undefined));

  test('that is any text at all is read or ignored, and one that is made is read as it was made', () => {
    holds(property(string({ unit: 'binary' }), (text) => assert.doesNotThrow(() => readTraceparent(text))));
    holds(property(bytes(16), bytes(8), (trace, span) => assert.deepEqual(readTraceparent(traceparentOf({ traceId: hex(trace), sampled: true }, hex(span))), { traceId: hex(trace), parentSpanId: hex(span), sampled: true })));
  });
});

suite('A tracestate', () => {
  for (const text of ['a=b', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'tenant@vendor=x', ' a=b , c=d', 'a=b,,c=d', Array.from({ length: 32 }, (_, at) => `k${String(at)}=v`).join(',')]) test(`goes on as ${text.slice(0, 30)}`, () => assert.equal(isTracestate(text), true));
  for (const text of ['', 'a', '=b', 'A=b', 'a=', 'a=b=c', 'a=b\r\nx: y', 'a=ü', `a=${'x'.repeat(600)}`, Array.from({ length: 33 }, (_, at) => `k${String(at)}=v`).join(','), 7, undefined]) test(`does not go on as ${String(text).slice(0, 30)}`, () => assert.equal(isTracestate(text), false));
});

const headers = { traceparent: PARENT, tracestate: 'a=b' };
const withMeta = (meta: Readonly<Record<string, string | number>>) => aRequest('tools/call', { name: 'x', _meta: meta });

suite('The trace of a call', () => {
  test('is that of its message, because one message may take several HTTP requests', () => {
    const call = withMeta({ traceparent: `00-${OTHER}-${SPAN}-00`, tracestate: 'c=d' });
    assert.deepEqual(traceSaid({ call, headers }), { context: { traceId: OTHER, parentSpanId: SPAN, sampled: false }, state: 'c=d' });
  });

  test('is that of the headers, where the message has none that can be read', () => {
    for (const call of [undefined, aRequest('tools/list', {}), withMeta({ traceparent: 'x' }), withMeta({ traceparent: 7 })]) assert.deepEqual(traceSaid({ call, headers }), { context: { traceId: TRACE, parentSpanId: SPAN, sampled: true }, state: 'a=b' });
  });

  test('is none where nothing can be read, and then begins here only where traces are told', () => {
    const asked = { id: 'req_0mabcdefg0123456789abcdef', atMs: 1_785_000_000_000, headers: { traceparent: 'x', tracestate: 'a=b' } };
    assert.equal(traceSaid(asked), undefined);
    assert.equal(traceOf(asked, undefined), undefined);
    assert.deepEqual(traceOf(asked, { ratio: 1 }), { traceId: `${(1_785_000_000_000).toString(16).padStart(16, '0')}0123456789abcdef`, sampled: true });
    assert.equal(traceOf({ ...asked, headers }, { ratio: 0 })?.sampled, true, 'its beginner decides');
  });
});

suite('A trace that begins here', () => {
  const begun = (random: Uint8Array, ratio: number) => beginTrace(`req_0mabcdefg${hex(random)}`, 1_785_000_000_000, ratio);

  test('can be read by everybody, and is kept as often as was asked for', () => {
    holds(property(bytes(8), double({ min: 0, max: 1, noNaN: true }), (random, ratio) => {
      const { traceId, sampled } = begun(random, ratio);
      assert.deepEqual(readTraceparent(traceparentOf({ traceId, sampled }, SPAN)), { traceId, parentSpanId: SPAN, sampled });
      assert.deepEqual([begun(random, 0).sampled, begun(random, 1).sampled], [false, true]);
      assert.ok(!sampled || begun(random, Math.min(1, ratio * 2)).sampled, 'who keeps more keeps these too');
    }));
    const kept = Array.from({ length: 4_096 }, (_, at) => begun(Buffer.from(spanIdOf(String(at), 'auth'), 'hex'), 0.25)).filter(({ sampled }) => sampled).length;
    assert.ok(kept > 850 && kept < 1_200, String(kept));
  });

  test('has spans whose ids follow from the request and are all different', () => {
    const ids = ['req_1', 'req_2'].flatMap((id) => (['gateway', 'auth', 'policy', 'upstream'] as const).map((part) => spanIdOf(id, part)));
    assert.equal(new Set(ids).size, 8);
    for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/);
  });
});
