import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anInbound } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import type { Presented } from '../../ports/authenticator.ts';
import { readCredential, type CredentialPlaces } from './credentials.ts';

const PLACES: CredentialPlaces = { keyHeader: 'x-api-key', query: true };

const read = (headers: RequestHeaders, query = '', places = PLACES): Presented | undefined => readCredential(anInbound({ headers, query }), places);

suite('A credential is absent, not invalid, when there is', () => {
  const ABSENT: readonly (readonly [string, RequestHeaders, string])[] = [
    ['nothing', {}, ''],
    ['an empty key header', { 'x-api-key': '' }, ''],
    ['a key header of white space', { 'x-api-key': ' \t ' }, ''],
    ['Bearer alone', { authorization: 'Bearer' }, ''],
    ['Bearer and white space', { authorization: 'Bearer   ' }, ''],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, ''],
    ['no scheme', { authorization: 'connector-key' }, ''],
    ['a scheme that begins like Bearer', { authorization: 'Bearerx y' }, ''],
    ['Bearer behind something else', { authorization: 'Digest x, Bearer k' }, ''],
    ['two bearer values in one', { authorization: 'Bearer a b' }, ''],
    ['an empty query key', {}, 'api_key='],
    ['a query key of white space', {}, 'api_key=%20+'],
    ['a query key in other letters', {}, 'API_KEY=k&apiKey=k&api-key=k'],
    ['an access token in the query (K10)', {}, 'access_token=k'],
    ['a cookie', { cookie: 'api_key=k; x-api-key=k' }, ''],
  ];
  for (const [what, headers, query] of ABSENT) test(`${what} (K01, RFC 6750 §3.1)`, () => assert.equal(read(headers, query), undefined));
});

suite('The one credential is found', () => {
  const FOUND: readonly (readonly [string, RequestHeaders, string, Presented])[] = [
    ['in the key header (R1)', { 'x-api-key': 'connector-key' }, '', { place: 'header', value: 'connector-key' }],
    ['in the key header, without the space around it', { 'x-api-key': ' k\t' }, '', { place: 'header', value: 'k' }],
    ['after Bearer', { authorization: 'Bearer k' }, '', { place: 'bearer', value: 'k' }],
    ['after bearer in any letters and spaces (RFC 9110 §11.1)', { authorization: 'bEARER   k  ' }, '', { place: 'bearer', value: 'k' }],
    ['in the query (R2)', {}, 'a=b&api_key=connector-key&c=d', { place: 'query', value: 'connector-key' }],
    ['in the query, escaped', {}, 'api_key=a%2Bb', { place: 'query', value: 'a+b' }],
    ['beside an empty second one', { 'x-api-key': 'k', authorization: 'Bearer ' }, 'api_key=', { place: 'header', value: 'k' }],
    ['beside a scheme that is not ours', { 'x-api-key': 'k', authorization: 'Basic eDp5' }, '', { place: 'header', value: 'k' }],
    ['whatever it is called (K13)', { 'x-api-key': '__proto__' }, '', { place: 'header', value: '__proto__' }],
  ];
  for (const [where, headers, query, presented] of FOUND) test(where, () => assert.deepEqual(read(headers, query), presented));

  test('in the header that was configured and in no other (R14)', () => {
    const places = { keyHeader: 'x-connector', query: true };
    assert.deepEqual(read({ 'x-connector': 'k' }, '', places), { place: 'header', value: 'k' });
    assert.equal(read({ 'x-api-key': 'k' }, '', places), undefined);
  });
});

suite('Two credentials are refused, not tried in turn (K09, RFC 6750 §2)', () => {
  const DOUBLE: readonly (readonly [string, RequestHeaders, string, string])[] = [
    ['header and bearer', { 'x-api-key': 'a', authorization: 'Bearer b' }, '', 'header, bearer'],
    ['the same key twice', { 'x-api-key': 'a', authorization: 'Bearer a' }, '', 'header, bearer'],
    ['header and query', { 'x-api-key': 'a' }, 'api_key=b', 'header, query'],
    ['bearer and query', { authorization: 'Bearer a' }, 'api_key=b', 'bearer, query'],
    ['two in the query', {}, 'api_key=a&api_key=b', 'query, query'],
    ['two in the query, one spelt with escapes', {}, 'api_key=a&%61pi_key=b', 'query, query'],
    ['all three', { 'x-api-key': 'a', authorization: 'Bearer b' }, 'api_key=c', 'header, bearer, query'],
  ];
  for (const [what, headers, query, places] of DOUBLE) {
    test(what, () => {
      const refusal = refusalOf(() => read(headers, query));
      assert.equal(refusal.code, 'credential.multiple');
      assert.ok(refusal.circumstances.reason.endsWith(places), refusal.circumstances.reason);
    });
  }

  test('also where the query is switched off', () => {
    assert.equal(refusalOf(() => read({ 'x-api-key': 'a' }, 'api_key=b', { ...PLACES, query: false })).code, 'credential.multiple');
  });
});

suite('Keys in the URL (D7)', () => {
  test('are refused as what they are when they are switched off, and the reason holds no key (K10)', () => {
    const refusal = refusalOf(() => read({}, 'api_key=hunter2', { ...PLACES, query: false }));
    assert.equal(refusal.code, 'credential.query-off');
    assert.equal(JSON.stringify(refusal.circumstances).includes('hunter2'), false);
  });

  test('switched off, keep no header key out', () => {
    assert.deepEqual(read({ 'x-api-key': 'k' }, 'x=y', { ...PLACES, query: false }), { place: 'header', value: 'k' });
    assert.equal(read({}, '', { ...PLACES, query: false }), undefined);
  });
});
