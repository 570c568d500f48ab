import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseConfig } from './parse-config.ts';

const parse = (proxy: string) => parseConfig(`servers: { crm: { url: "http://localhost:1/mcp" } }\nlisten: { trustedProxies: ["${proxy}"] }\n`, 'sallyport.yaml');

suite('A proxy that may name the caller (L01)', () => {
  for (const proxy of ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']) test(`is ${proxy}`, () => assert.deepEqual(parse(proxy).listen.trustedProxies, [proxy]));

  for (const proxy of ['10.0.0.1/8', '10.0.0.0/33', '::::', '999.1.1.1', 'proxy.local', '']) {
    test(`is not ${JSON.stringify(proxy)}: the file is refused, with the line`, () => assert.throws(() => parse(proxy), /sallyport\.yaml:2.*neither an address nor a CIDR range/s));
  }
});
