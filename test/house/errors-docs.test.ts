import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { CATALOGUE, type ErrorRow } from '../../src/errors/catalogue.ts';
import { differences, hintsThatAreNone } from './errors-docs.ts';
import { root } from './sources.ts';

const markdown = readFileSync(join(root, 'docs/errors.md'), 'utf8');

const row: ErrorRow = { status: 418, title: 'Teapot', blame: 'house', hint: 'Ask for tea.' };
const entry = '## pot.short\n\n`418` · Teapot\n\n**Symptom.** Tea.\n\n**Cause.** A pot.\n\n**Check.** `pour`\n\n**Fix.** Drink.\n';

suite('docs/errors.md', () => {
  test('has an entry for each code and a code for each entry', () => {
    assert.deepEqual(differences(CATALOGUE, markdown), []);
    assert.deepEqual(differences({ 'pot.short': row }, entry), []);
  });

  test('is found wanting when a code has no entry, or an entry no code', () => {
    assert.deepEqual(differences({ 'pot.short': row, 'pot.stout': row }, entry), ['pot.stout: has no entry']);
    assert.deepEqual(differences({}, entry), ['pot.short: is no code']);
    assert.deepEqual(differences({ 'pot.short': row }, entry + entry), ['an entry comes twice']);
  });

  test('is found wanting when an entry says another status or title than the catalogue, or leaves a part out', () => {
    assert.deepEqual(differences({ 'pot.short': { ...row, status: 400 } }, entry), ['pot.short: does not begin with "`400` · Teapot"']);
    assert.deepEqual(differences({ 'pot.short': { ...row, jsonRpc: -32600 } }, entry), ['pot.short: does not begin with "`418` · JSON-RPC `-32600` · Teapot"']);
    assert.deepEqual(differences({ 'pot.short': row }, entry.replace('**Cause.** A pot.\n\n', '')), ['pot.short: has no Cause where it belongs']);
    assert.deepEqual(differences({ 'pot.short': row }, entry.replace('`pour`', 'Look.')), ['pot.short: Check names nothing to type or to look at']);
  });
});

suite('The hint of an error', () => {
  test('is a sentence that ends in the next step', () => {
    assert.deepEqual(hintsThatAreNone(CATALOGUE), []);
    for (const hint of ['', 'try again', 'Try again', 'Try again...']) assert.equal(hintsThatAreNone({ 'pot.short': { ...row, hint } }).length, 1, hint);
  });
});
