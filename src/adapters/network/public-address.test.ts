import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isPublicAddress } from './public-address.ts';

suite('An address is public (S04, RFC 6890)', () => {
  for (const address of ['1.1.1.1', '8.8.8.8', '93.184.216.34', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.0.1.1', '198.17.0.1', '223.255.255.255', '2606:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2003::1']) {
    test(address, () => assert.equal(isPublicAddress(address), true));
  }
  test('and what is no address, or a short form of one, is not', () => {
    for (const text of ['', 'localhost', '1.1.1', '1.1', '16843009', '0x1.1.1.1', '01.1.1.1', '1.1.1.1.', ' 1.1.1.1', '1.1.1.1/0', '2606:4700::1111%eth0', '[2606:4700::1111]', '2606:4700::8.8.8.8', ':', '::/0', '2000::/3', '0.0.0.0/0', '8.8.8.0/24']) assert.equal(isPublicAddress(text), false, text);
  });
});
