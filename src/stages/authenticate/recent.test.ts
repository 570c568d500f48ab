import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Recent } from './recent.ts';

const value = { of: 'x' };

suite('What was asked for lately', () => {
  test('is kept, whatever comes besides', () => {
    const recent = new Recent<object>(3);
    recent.set('used', value);
    for (let at = 0; at < 100; at += 1) {
      recent.set(`other ${at}`, value);
      assert.equal(recent.get('used'), value);
    }
  });

  test('is forgotten when twice as many others have come since', () => {
    const recent = new Recent<object>(3);
    recent.set('unused', value);
    for (let at = 0; at < 3; at += 1) recent.set(`other ${at}`, value);
    assert.equal(recent.get('other 0'), value);
    for (let at = 3; at < 9; at += 1) recent.set(`other ${at}`, value);
    assert.equal(recent.get('unused'), undefined);
  });

  test('is gone when all is', () => {
    const recent = new Recent<object>(1);
    recent.set('a', value);
    recent.set('b', value);
    recent.clear();
    assert.deepEqual([recent.get('a'), recent.get('b')], [undefined, undefined]);
  });
});
