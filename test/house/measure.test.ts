import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { functionLengths, measure, spreadOf } from './measure.ts';
import { sourceOf } from './sources.ts';

const lengths = (text: string): readonly number[] => functionLengths(sourceOf('src/x.ts', text));

suite('The figures of the house', () => {
  test('count functions, methods and named arrows', () => {
    assert.deepEqual(lengths('function f(): void {\n  a();\n}\n'), [3]);
    assert.deepEqual(lengths('class A {\n  b(c: number): { d: string } {\n    return e;\n  }\n}\n'), [3]);
    assert.deepEqual(lengths('const f = (a: number): string =>\n  g(\n    a,\n  );\n'), [4]);
    assert.deepEqual(lengths('const f = async ({ a }: B): Promise<void> => {\n  await a;\n};\n'), [3]);
  });

  test('count no branch, no loop and no brace in a text as a function', () => {
    assert.deepEqual(lengths('if (a) {\n  b();\n}\nfor (const c of d()) {\n  e(") {");\n}\n'), []);
  });

  test('tell the share of comments', () => {
    const { comments, lines } = measure([sourceOf('src/x.ts', '// why\nconst a = 1; // here too\n\nconst b = 2;\n')]);
    assert.deepEqual([comments, lines], [0.5, 4]);
  });

  test('give median, nine tenths and the largest', () => {
    assert.deepEqual(spreadOf([5, 1, 4, 2, 3, 6, 7, 8, 9, 10]), { count: 10, median: 6, p90: 10, max: 10 });
    assert.deepEqual(spreadOf([]), { count: 0, median: 0, p90: 0, max: 0 });
  });
});
