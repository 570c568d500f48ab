import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as always, json, property } from 'fast-check';
import { nodeAt, readCommentedJson, valueOf } from './commented-json.ts';

suite('JSON with comments', () => {
  test('is read as JSON where it is JSON', () => {
    always(property(json(), (text) => assert.deepEqual(valueOf(readCommentedJson(text)), JSON.parse(text))));
  });

  test('may have comments, a byte order mark and a last comma, as editors write it', () => {
    const text = '\uFEFF// of mine\n{ /* a */ "a": [1, 2,], // "b": 3\n "c": "// no comment", }\n';
    assert.deepEqual(valueOf(readCommentedJson(text)), { a: [1, 2], c: '// no comment' });
  });

  test('knows where each value stands', () => {
    const text = '{ "a": { "b": ["x", "y"] } }';
    const node = nodeAt(readCommentedJson(text), ['a', 'b', 1]);
    assert.equal(text.slice(node?.from, node?.to), '"y"');
    assert.equal(nodeAt(readCommentedJson(text), ['a', 'none']), undefined);
  });

  for (const [name, text] of Object.entries({ 'something missing': '{"a":', 'something behind it': '{} x', 'a text without an end': '{"a": "b', 'a name without quotes': '{a: 1}', 'nothing': '', 'depth without end': '['.repeat(500) })) {
    test(`is refused with ${name}`, () => {
      assert.throws(() => readCommentedJson(text), SyntaxError);
    });
  }
});
