import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { scopeHierarchy } from './scopes.ts';

suite('A broader scope brings narrower ones along (RS-11)', () => {
  test('however long the chain, and a circle ends', () => {
    const expand = scopeHierarchy({ admin: ['write'], write: ['read', 'admin'], other: ['x'] });
    assert.deepEqual(expand(['admin', 'y']), ['admin', 'y', 'write', 'read']);
    assert.deepEqual(expand(['read']), ['read']);
    assert.deepEqual(expand([]), []);
  });
  test('and names of objects are scopes like any', () => assert.deepEqual(scopeHierarchy({ a: ['b'] })(['constructor', '__proto__']), ['constructor', '__proto__']));
});
