import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { requireMirrors, requireNameMirror, requireReadableParameters } from './headers.ts';

const HEADER_MISMATCH = { code: 'rpc.header-mismatch' };
const VERSION = '2026-07-28';
const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

suite('MCP-Protocol-Version and Mcp-Method equal the body (H01, TR-3, TR-5)', () => {
  for (const [version, method] of [[VERSION, 'tools/call'], [` ${VERSION}\t`, '\t tools/call ']]) {
    test(`"${version}" and "${method}" pass`, () => {
      assert.doesNotThrow(() => requireMirrors({ 'mcp-protocol-version': version, 'mcp-method': method }, VERSION, 'tools/call'));
    });
  }
  for (const version of [undefined, '', '2025-11-25', '2026-07-29', '2026-07-28, 2026-07-28', encoded(VERSION)]) {
    test(`the version ${String(version)} is refused`, () => {
      assert.throws(() => requireMirrors({ 'mcp-protocol-version': version, 'mcp-method': 'tools/call' }, VERSION, 'tools/call'), HEADER_MISMATCH);
    });
  }
  for (const method of [undefined, '', 'tools/list', 'TOOLS/CALL', 'tools/Call', 'tools/call, tools/call', 'tools/call\u00a0', encoded('tools/call')]) {
    test(`the method ${String(method)} is refused`, () => {
      assert.throws(() => requireMirrors({ 'mcp-protocol-version': VERSION, 'mcp-method': method }, VERSION, 'tools/call'), HEADER_MISMATCH);
    });
  }
});

suite('Mcp-Name equals what the body names, decoded once (H01, H02, TR-5)', () => {
  const same: readonly (readonly [string, string])[] = [
    ['echo', 'echo'], ['  echo\t', 'echo'], [encoded('echo'), 'echo'], [encoded('世界'), '世界'], [encoded(' padded '), ' padded '], [encoded(encoded('x')), encoded('x')],
    ['two words', 'two words'], ['tab\tinside', 'tab\tinside'], ['=?BASE64?ZWNobw==?=', '=?BASE64?ZWNobw==?='], ['=?base64?ZWNobw==', '=?base64?ZWNobw=='], ['file:///a?b=c', 'file:///a?b=c'],
    [encoded('\ufeffx'), '\ufeffx'],
  ];
  for (const [header, name] of same) {
    test(`${JSON.stringify(header)} names ${JSON.stringify(name)}`, () => {
      assert.doesNotThrow(() => requireNameMirror({ 'mcp-name': header }, name));
    });
  }
  const different: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'echo'], ['', 'echo'], ['Echo', 'echo'], ['echo, echo', 'echo'], ['ech', 'echo'], [encoded('Echo'), 'echo'], [encoded(encoded('echo')), 'echo'], ['%65cho', 'echo'],
    // Wrong markers: the value stands for itself.
    ['=?BASE64?ZWNobw==?=', 'echo'], ['=?Base64?ZWNobw==?=', 'echo'], ['=?base64?ZWNobw==', 'echo'], ['=?utf-8?B?ZWNobw==?=', 'echo'], [' =? base64?ZWNobw==?=', 'echo'],
    // Text that looks encoded must itself come encoded.
    [encoded('x'), encoded('x')], ['=?base64?literal?=', '=?base64?literal?='],
    // Not what an encoder writes: no padding, other alphabet, stray bits, white space, nothing at all.
    ['=?base64?ZWNobw?=', 'echo'], ['=?base64?ZWNobw=?=', 'echo'], ['=?base64?ZWNobx==?=', 'echo'], ['=?base64?ZWNo bw==?=', 'echo'], ['=?base64?ZW!Nobw==?=', 'echo'], ['=?base64?_-_-?=', 'echo'],
    ['=?base64??=', 'echo'], ['=?base64?=', 'echo'], ['=?base64?=', '=?base64?='], ['=?base64?ZWNobw==ZWNobw==?=', 'echo'],
    // Not UTF-8: overlong, half a surrogate pair, cut.
    ['=?base64?wK4=?=', '.'], ['=?base64?7aCA?=', '\ufffd'], ['=?base64?4w==?=', '\ufffd'],
    // No header value at all (RFC 9110 §5.5).
    ['ech\u00f6', 'ech\u00f6'], ['echo\u0000', 'echo\u0000'], ['echo\u007f', 'echo\u007f'], ['echo\u00a0', 'echo'], ['世界', '世界'],
  ];
  for (const [header, name] of different) {
    test(`${JSON.stringify(header) ?? 'nothing'} does not name ${JSON.stringify(name)}`, () => {
      assert.throws(() => requireNameMirror({ 'mcp-name': header }, name), HEADER_MISMATCH);
    });
  }

  test('an orphan is refused, and nothing is asked of a method that names nothing', () => {
    assert.doesNotThrow(() => requireNameMirror({}, undefined));
    for (const orphan of ['echo', '', encoded('echo')]) assert.throws(() => requireNameMirror({ 'mcp-name': orphan }, undefined), HEADER_MISMATCH);
  });
});

suite('Mcp-Param headers are passed on when a server can read them (TR-6)', () => {
  for (const value of ['', 'us-west1', ' 42 ', 'true', encoded('世界'), '=?BASE64?x?=', 'a,b']) {
    test(`${JSON.stringify(value)} is readable`, () => {
      assert.doesNotThrow(() => requireReadableParameters({ 'mcp-param-region': value, accept: 'ö' }));
    });
  }
  for (const value of ['ö', 'a\u0000', 'a\u007f', '=?base64?ZWNobw?=', '=?base64?!!!?=', '=?base64?7aCA?=']) {
    test(`${JSON.stringify(value)} is not`, () => {
      assert.throws(() => requireReadableParameters({ 'mcp-param-region': value }), HEADER_MISMATCH);
    });
  }
});
