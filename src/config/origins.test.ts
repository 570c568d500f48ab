import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { originsOf, publicOriginOf, publicUrlOf } from './origins.ts';
import { validateConfig } from './parse-config.ts';

const servers = { crm: { url: 'http://127.0.0.1:1/mcp' } };
const issuers = { corp: { issuer: 'https://idp.example.com' } };
const parse = (more: object) => validateConfig({ servers, ...more }, 'test');
const accepts = (more: object) => originsOf(parse(more)).map(({ accept }) => [...accept].join(' '));

suite('The ways in of a listener', () => {
  test('are keys, and tokens too where somebody issues any, unless it says (W1, R34)', () => {
    assert.deepEqual(accepts({}), ['api-key']);
    assert.deepEqual(accepts({ issuers }), ['api-key oauth']);
    assert.deepEqual(accepts({ issuers, listen: { accept: ['api-key'] }, listeners: [{ port: 3211, accept: ['oauth'] }] }), ['api-key', 'oauth']);
  });

  const faults: readonly (readonly [string, object, RegExp])[] = [
    ['tokens that nobody issues', { listen: { accept: ['oauth'] } }, /listen\.accept.*no issuer is named/],
    ['tokens that nobody issues, further on', { listeners: [{ port: 3211, accept: ['oauth'] }] }, /listeners\.0\.accept.*no issuer/],
    ['issuers whose tokens no listener accepts', { issuers, listen: { accept: ['api-key'] } }, /issuers.*no listener accepts/],
    ['no way at all', { listen: { accept: [] } }, /listen\.accept/],
    ['a way that is not there', { listen: { accept: ['mtls'] } }, /listen\.accept/],
    ['a listener that does not say', { listeners: [{ port: 3211 }] }, /listeners\.0\.accept/],
    ['one port twice', { listeners: [{ port: 3210, accept: ['api-key'] }] }, /listeners\.0\.port.*taken/],
    ['one public URL twice', { publicUrl: 'https://mcp.example.com', listeners: [{ port: 3211, accept: ['api-key'], publicUrl: 'https://MCP.example.com/' }] }, /listeners\.0\.publicUrl.*another listener/],
    ['a member that is misspelt', { listeners: [{ port: 3211, accept: ['api-key'], publicURL: 'https://x.example' }] }, /listeners\.0.*publicU/],
  ];
  for (const [what, more, words] of faults) test(`are refused with ${what}`, () => assert.throws(() => parse(more), (error) => error instanceof ConfigError && words.test(error.message)));
});

suite('The public URL of a listener', () => {
  test('is the configured one, or its own address; never one with a port that is not known', () => {
    const [one, two, three] = originsOf(parse({ publicUrl: 'https://MCP.example.com/', listeners: [{ port: 3211, accept: ['api-key'], host: '::1' }, { port: 0, accept: ['api-key'] }] }));
    assert.ok(one && two && three);
    assert.deepEqual([publicOriginOf(one), publicOriginOf(two), publicUrlOf(one, '/mcp'), publicUrlOf(three, '/mcp')], ['https://mcp.example.com', 'http://[::1]:3211', 'https://mcp.example.com/mcp', undefined]);
  });
});
