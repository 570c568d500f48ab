import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { tokenDigest } from './token-digest.ts';

suite('The digest by which a token is denied (J15)', () => {
  test('is one for all signatures of one text', () => {
    assert.equal(tokenDigest('aa.bb.cc'), tokenDigest('aa.bb.dd'));
    assert.equal(tokenDigest('aa.bb.cc'), tokenDigest('aa.bb.'));
  });
  test('is another for another text, signed or opaque', () => {
    const all = ['aa.bb.cc', 'aa.bc.cc', 'ab.bb.cc', 'aa.bb', 'opaque', 'opaque2', 'a~.bb.cc', 'a~.bb.dd', 'aa.bb.cc.dd'].map(tokenDigest);
    assert.equal(new Set(all).size, all.length);
  });
});
