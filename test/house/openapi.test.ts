import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { shapeOf } from '../../src/admin/http/http-shape.ts';
import { renderOpenApi } from '../../src/admin/http/openapi.ts';
import { withOperations } from '../../src/admin/http/reference.ts';
import { operations } from '../../src/admin/operations/list.ts';
import { root } from './sources.ts';

const document: unknown = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8'));

suite('docs/openapi.json', () => {
  test('is what the list of operations says; "npm run docs" writes it', () => assert.deepEqual(document, renderOpenApi(operations)));

  test('gives each operation a place of its own', () => {
    const places = operations.map((operation) => Object.values(shapeOf(operation)).join(' ').replaceAll(/\{\w+\}/g, '{}'));
    assert.equal(new Set(places).size, operations.length, places.join('\n'));
  });

  test('stands beside a guide whose table is what the list says', () => {
    const guide = readFileSync(join(root, 'docs/admin-api.md'), 'utf8');
    assert.equal(guide, withOperations(guide, operations));
    for (const { summary } of operations) assert.ok(guide.includes(summary));
  });
});
