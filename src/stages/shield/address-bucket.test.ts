import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { addressBucket } from './address-bucket.ts';

/** The 64 bits of a line as the URL parser of the platform writes them: an oracle that is not ours. */
const lineOf = (address: string): string => {
  const [first = 'x', ...rest] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const [head, tail] = [first === '' ? [] : first.split(':'), rest.join('').split(':').filter((group) => group !== '')];
  const groups = rest.length === 0 ? head : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
};

suite('An address belongs to the bucket', () => {
  test('of its /64, in whatever way it is written (L02, CVE-2026-30827)', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        fc.pre(isIPv6(address) && !address.includes('.'));
        assert.equal(addressBucket(address), lineOf(address));
        assert.equal(addressBucket(address.toUpperCase()), lineOf(address));
      }),
      { numRuns: 500 },
    );
  });

  const SAME: readonly (readonly [string, readonly string[]])[] = [
    ['2001:db8:1:2::/64', ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0DB8:0001:0002::', '2001:db8:1:2:0:0:0:1']],
    ['2001:db8:0:0::/64', ['2001:db8::1', '2001:db8:0:0::', '2001:db8::ffff:0:0:1']],
    ['0:0:0:0::/64', ['::', '::1', '0:0:0:0:0:0:0:1']],
    ['203.0.113.9', ['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:203.0.113.9']],
    ['2001:db8:0:0::/64', ['2001:db8::ffff:203.0.113.9']],
    ['unknown', ['unknown']],
  ];
  for (const [bucket, addresses] of SAME) test(`${bucket}: ${addresses.join(', ')}`, () => assert.deepEqual(addresses.map(addressBucket), addresses.map(() => bucket)));

  test('of nobody else: the next line and the next IPv4 address have their own', () => {
    const apart = ['2001:db8:1:2::1', '2001:db8:1:3::1', '2001:db8:1:20::1', '203.0.113.9', '203.0.113.10', '::ffff:203.0.113.11', '::1'].map(addressBucket);
    assert.equal(new Set(apart).size, apart.length);
  });
});
