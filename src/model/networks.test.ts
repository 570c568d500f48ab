import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compileNetworks, isNetwork } from './networks.ts';

suite('A network', () => {
  const good = ['10.0.0.0/8', '192.0.2.7', '0.0.0.0/0', '192.0.2.7/32', '2001:db8::/32', '::/0', '::1', '2001:db8:1:2:3:4:5:6', 'fe80::/10', '::ffff:10.0.0.1'];
  for (const text of good) test(`${text} can be read`, () => assert.ok(isNetwork(text)));

  const bad = ['', '10.0.0.1/8', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/', '10.0.0.0/8/8', '256.0.0.1', '010.0.0.0/8', '2001:db8::1/32', '2001:db8::/129', '1::2::3', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', 'localhost', '10.0.0.0/-1', '10.0.0.0/8 ', '*'];
  for (const text of bad) test(`${JSON.stringify(text)} is refused: it is none, or more likely a slip than meant`, () => assert.ok(!isNetwork(text)));
});

suite('An address is in a network', () => {
  const inside = (network: string, address: string): boolean => compileNetworks([network])(address);
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['10.0.0.0/8', '10.255.255.255', true], ['10.0.0.0/8', '11.0.0.0', false], ['10.0.0.0/9', '10.127.255.255', true], ['10.0.0.0/9', '10.128.0.0', false],
    ['192.0.2.7', '192.0.2.7', true], ['192.0.2.7', '192.0.2.8', false], ['0.0.0.0/0', '203.0.113.9', true], ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '203.0.113.9', false], ['::/0', '::ffff:203.0.113.9', false], ['::ffff:0:0/96', '203.0.113.9', true],
    ['::/0', '2001:db8::1', true], ['2001:db8::/33', '2001:db8:7fff::1', true], ['2001:db8::/33', '2001:db8:8000::1', false], ['2001:DB8::/32', '2001:db8::1', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true], ['10.0.0.0/8', '::10.1.2.3', false], ['10.0.0.0/8', 'junk', false], ['10.0.0.0/8', '', false], ['10.0.0.0/8', '10.1', false],
  ];
  for (const [network, address, expected] of cases) test(`${address || 'nothing'} in ${network}: ${String(expected)}`, () => assert.equal(inside(network, address), expected));

  test('whoever asked before', () => {
    const any = compileNetworks(['10.0.0.0/8', '2001:db8::/32']);
    assert.deepEqual(['10.0.0.1', '11.0.0.1', '10.0.0.1', '2001:db8::1', '11.0.0.1'].map(any), [true, false, true, true, false]);
  });
});
