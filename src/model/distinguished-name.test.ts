import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isSameName, readDistinguishedName } from './distinguished-name.ts';

/** Names of subjects as RFC 4514 writes them, and nothing that could be read as another one (RFC 8705 §2.1.2, X03). */

const [CN, O, OU] = ['2.5.4.3', '2.5.4.10', '2.5.4.11'];

suite('A distinguished name', () => {
  const good: readonly (readonly [text: string, attributes: readonly (readonly [string | undefined, string])[]])[] = [
    ['CN=nightly,OU=Data,O=Acme', [[O, 'Acme'], [OU, 'Data'], [CN, 'nightly']]],
    [' cn = nightly , o = Acme Inc ', [[O, 'Acme Inc'], [CN, 'nightly']]],
    ['2.5.4.3=nightly', [[CN, 'nightly']]],
    ['CN=a\\,b,O=c\\2Bd', [[O, 'c+d'], [CN, 'a,b']]],
    ['CN=J\\C3\\BCrgen', [[CN, 'Jürgen']]],
    ['CN=Jürgen', [[CN, 'Jürgen']]],
    ['CN=a=b', [[CN, 'a=b']]],
    ['CN=x', [[CN, 'x']]],
  ];
  for (const [text, attributes] of good) test(`is read: ${text}`, () => assert.deepEqual(readDistinguishedName(text), attributes));

  for (const text of ['', 'CN', 'CN=', '=x', 'nightly', 'CN=a+OU=b', 'CN=a,', ',CN=a', 'CN=a,,O=b', 'CN=#0401', 'CN="a"', 'CN=a;O=b', 'CN=a\\', 'CN=a\\g', 'XX=a', 'CN=\\FF', '/CN=a/O=b', 'CN=a<b']) {
    test(`is none: ${JSON.stringify(text)}`, () => assert.equal(readDistinguishedName(text), undefined));
  }

  test('is the same byte for byte and in order, and no other', () => {
    const name = readDistinguishedName('CN=nightly,O=Acme') ?? [];
    assert.ok(isSameName(name, [['2.5.4.10', 'Acme'], ['2.5.4.3', 'nightly']]));
    for (const other of ['O=Acme,CN=nightly', 'CN=Nightly,O=Acme', 'CN=nightly', 'CN=nightly,O=Acme,C=DE', 'CN=nightly,OU=Acme']) assert.ok(!isSameName(name, readDistinguishedName(other) ?? []), other);
    assert.ok(!isSameName(name, []));
  });
});
