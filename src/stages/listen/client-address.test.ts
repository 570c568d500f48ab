import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RequestHeaders } from '../../model/exchange.ts';
import { buildClientAddress } from './client-address.ts';

const forwarded = (chain: string): RequestHeaders => ({ 'x-forwarded-for': chain });

suite('Without configured proxies', () => {
  const addressOf = buildClientAddress([]);

  test('the caller is the socket, whatever a header says (L01, ASVS 4.1.3)', () => {
    const lies: RequestHeaders = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9', 'true-client-ip': '203.0.113.9', 'cf-connecting-ip': '203.0.113.9' };
    assert.equal(addressOf('192.0.2.1', lies), '192.0.2.1');
    assert.equal(addressOf('2001:db8::1', lies), '2001:db8::1');
  });

  test('an IPv4 address on an IPv6 socket is itself (L02)', () => {
    assert.equal(addressOf('::ffff:192.0.2.1', {}), '192.0.2.1');
    assert.equal(addressOf('::FFFF:192.0.2.1', {}), '192.0.2.1');
    for (const other of ['unknown', '2001:db8::ffff:1.2.3.4']) assert.equal(addressOf(other, {}), other);
  });
});

suite('Behind configured proxies', () => {
  const addressOf = buildClientAddress(['10.0.0.0/8', '192.0.2.1', '2001:db8:ffff::/48']);

  const CHAINS: readonly (readonly [what: string, socket: string, chain: string | undefined, address: string])[] = [
    ['a caller that came past the proxy is the socket', '203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['the caller of one proxy is the hop it names', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['the caller of two proxies is the hop before them', '10.1.2.3', '198.51.100.1, 192.0.2.1', '198.51.100.1'],
    ['what the caller forged in front does not count', '10.1.2.3', '1.1.1.1, 10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['what the caller forged as a proxy does not count', '10.1.2.3', '10.9.9.9, 198.51.100.1, 10.0.0.9', '198.51.100.1'],
    ['a chain of proxies alone ends at its first', '10.1.2.3', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['no chain is the proxy itself', '10.1.2.3', undefined, '10.1.2.3'],
    ['an empty chain is the proxy itself', '10.1.2.3', '', '10.1.2.3'],
    ['an IPv6 proxy is known too', '2001:db8:ffff::9', '2001:db8:1::5', '2001:db8:1::5'],
    ['a proxy on a mapped socket is known too', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['a mapped hop is IPv4', '10.1.2.3', '::ffff:198.51.100.1', '198.51.100.1'],
    ['a mapped hop in hexadecimal is IPv4 as well', '10.1.2.3', '::ffff:c633:6401', '198.51.100.1'],
    ['a mapped hop written out is IPv4 as well', '10.1.2.3', '0:0:0:0:0:FFFF:c633:6401', '198.51.100.1'],
    ['a mapped hop with noughts in it is IPv4 as well', '10.1.2.3', '::ffff:1000:1', '16.0.0.1'],
    ['a hop that holds a mapped one is not mapped', '10.1.2.3', '2001:db8::ffff:c633:6401', '2001:db8::ffff:c633:6401'],
    ['a hop that begins like a mapped one is not mapped', '10.1.2.3', '::ffff:1:2:3', '::ffff:1:2:3'],
    ['a mapped proxy in hexadecimal is a proxy', '10.1.2.3', '198.51.100.1, ::ffff:a00:1', '198.51.100.1'],
    ['an IPv6 hop has one spelling', '10.1.2.3', '2001:DB8:0001:0:0:0:0:5', '2001:db8:1::5'],
    ['a hop may have a port', '10.1.2.3', '198.51.100.1:4711', '198.51.100.1'],
    ['an IPv6 hop may have brackets', '10.1.2.3', '[2001:db8:1::5]', '2001:db8:1::5'],
    ['an IPv6 hop may have brackets and a port', '10.1.2.3', '[2001:db8:1::5]:4711', '2001:db8:1::5'],
    ['an IPv6 hop may have a zone', '10.1.2.3', 'fe80::1%eth0', 'fe80::1'],
    ['spaces do not matter', '10.1.2.3', ' 198.51.100.1 ,\t10.0.0.2 ', '198.51.100.1'],
  ];
  for (const [what, socket, chain, address] of CHAINS) {
    test(`${what} (L01)`, () => assert.equal(addressOf(socket, chain === undefined ? {} : forwarded(chain)), address));
  }

  test('a hop that is no address ends the walk at the last one proven (L01)', () => {
    for (const junk of ['unknown', '_hidden', '999.1.1.1', '198.51.100.1.evil', '1.1.1', '0x7f.1', '2130706433', '::g', '198.51.100.1, ,', 'a:b:c', '[198.51.100.1', 'x[198.51.100.1]', '[198.51.100.1]x', '"198.51.100.1"', 'for=198.51.100.1', '198.51.100.1:', '']) {
      assert.equal(addressOf('10.1.2.3', forwarded(`1.1.1.1, ${junk}`)), '10.1.2.3', junk);
      assert.equal(addressOf('10.1.2.3', forwarded(`1.1.1.1, ${junk}, 10.0.0.2`)), '10.0.0.2', junk);
    }
  });

  test('a range of IPv6 makes no proxy of an IPv4 address (L01)', () => {
    const named = buildClientAddress(['::/0']);
    assert.equal(named('203.0.113.9', forwarded('192.0.2.1')), '203.0.113.9');
    assert.equal(named('2001:db8::1', forwarded('192.0.2.1')), '192.0.2.1');
  });

  test('one proxy is enough, and only its own address is one', () => {
    const behindOne = buildClientAddress(['10.0.0.1']);
    assert.equal(behindOne('10.0.0.1', forwarded('198.51.100.1')), '198.51.100.1');
    assert.equal(behindOne('10.0.0.2', forwarded('198.51.100.1')), '10.0.0.2');
  });

  test('other headers that name a caller are not looked at', () => {
    assert.equal(addressOf('10.1.2.3', { forwarded: 'for=198.51.100.1', 'x-real-ip': '198.51.100.1' }), '10.1.2.3');
  });
});
