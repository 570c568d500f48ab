import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { refusalOf } from '../../../test/world/refusal.ts';
import { readForm } from './form.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const refused = (headers: Readonly<Record<string, string>>, body: string | Buffer): string => refusalOf(() => readForm(headers, Buffer.from(body))).code;

suite('A form', () => {
  test('is read with every name once', () => {
    assert.deepEqual([...readForm(FORM, Buffer.from('token=a%20b+c&x='))], [['token', 'a b c'], ['x', '']]);
    for (const type of ['application/x-www-form-urlencoded; charset=utf-8', 'Application/X-WWW-Form-Urlencoded;charset="UTF-8"']) assert.equal(readForm({ 'content-type': type }, Buffer.from('a=b')).get('a'), 'b');
  });
  test('is refused with a name twice, bad UTF-8, another type, a coding, or too large', () => {
    assert.equal(refused(FORM, 'token=a&token=b'), 'notice.invalid');
    assert.equal(refused(FORM, Buffer.from([0x61, 0x3d, 0xff])), 'notice.invalid');
    for (const type of ['', 'application/json', 'multipart/form-data', 'application/x-www-form-urlencoded; charset=latin1', 'application/x-www-form-urlencoded, x/y']) assert.equal(refused({ 'content-type': type }, 'a=b'), 'http.media-type', type);
    assert.equal(refused({}, 'a=b'), 'http.media-type');
    assert.equal(refused({ ...FORM, 'content-encoding': 'gzip' }, 'a=b'), 'http.encoding');
    assert.equal(refused(FORM, `a=${'x'.repeat(65 * 1024)}`), 'http.too-large');
  });
});
