import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { headerMismatch, mirroredParams } from './mirrored-params.ts';

const params = mirroredParams({
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    level: { type: 'integer', 'x-mcp-header': 'LEVEL' },
    deep: { type: 'object', properties: { dry: { type: 'boolean', 'x-mcp-header': 'Dry' } } },
    items: { type: 'array', items: { properties: { no: { type: 'string', 'x-mcp-header': 'No' } } } },
    empty: { type: 'string', 'x-mcp-header': '' },
    plain: { type: 'string' },
  },
});

const mismatch = (headers: Readonly<Record<string, string>>, args: Parameters<typeof headerMismatch>[2]) => headerMismatch(params, headers, args);

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

suite('Arguments repeated in headers (TR-6)', () => {
  test('only annotations that a chain of properties leads to count', () => {
    assert.deepEqual(params, [
      { header: 'mcp-param-region', path: ['region'], isInteger: false },
      { header: 'mcp-param-level', path: ['level'], isInteger: true },
      { header: 'mcp-param-dry', path: ['deep', 'dry'], isInteger: false },
    ]);
    assert.deepEqual(mirroredParams(undefined), []);
  });

  test('equal values pass: plain, encoded, integers by number, booleans in words', () => {
    for (const value of ['us-west1', 'Hello, 世界', ' padded ', '=?base64?literal?=']) {
      assert.equal(mismatch({ 'mcp-param-region': base64(value) }, { region: value }), undefined, value);
    }
    assert.equal(mismatch({ 'mcp-param-region': '=?base64?SGVsbG8=' }, { region: '=?base64?SGVsbG8=' }), undefined, 'without the suffix it is literal');
    assert.equal(mismatch({ 'mcp-param-level': '42.0' }, { level: 42 }), undefined);
    assert.equal(mismatch({ 'mcp-param-dry': 'true' }, { deep: { dry: true } }), undefined);
    assert.equal(mismatch({}, { region: null, plain: 'x' }), undefined, 'null is absent');
    assert.equal(mismatch({}, { region: { wrong: 'type' } }), undefined, 'a wrong type has no header');
    assert.equal(mismatch({ 'mcp-param-unknown': 'x' }, {}), undefined, 'an unknown one is not ours to judge');
  });

  test('everything else is a mismatch', () => {
    const refused: readonly [Readonly<Record<string, string>>, Parameters<typeof headerMismatch>[2]][] = [
      [{ 'mcp-param-region': 'US-west1' }, { region: 'us-west1' }],
      [{}, { region: 'us-west1' }],
      [{ 'mcp-param-region': 'us-west1' }, {}],
      [{ 'mcp-param-region': 'us-west1' }, { region: null }],
      [{ 'mcp-param-region': '=?base64?SGVsbG8?=' }, { region: 'Hello' }],
      [{ 'mcp-param-region': '=?base64?SGVs!!!bG8=?=' }, { region: 'Hello' }],
      [{ 'mcp-param-region': '=?base64?/w==?=' }, { region: '\ufffd' }],
      [{ 'mcp-param-region': 'gr\u00fcn' }, { region: 'gr\u00fcn' }],
      [{ 'mcp-param-level': '0x2a' }, { level: 42 }],
      [{ 'mcp-param-level': '43' }, { level: 42 }],
      [{ 'mcp-param-dry': 'True' }, { deep: { dry: true } }],
      [{ 'mcp-param-region': 'x' }, { region: { wrong: 'type' } }],
    ];
    for (const [headers, args] of refused) assert.notEqual(mismatch(headers, args), undefined, JSON.stringify([headers, args]));
  });
});
