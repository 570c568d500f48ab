import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { originsOf } from './origins.ts';
import { parseConfig } from './parse-config.ts';
import { settingsOf } from './settings.ts';

const SERVERS = 'servers: { crm: { url: "http://127.0.0.1:9/mcp" }, wiki: { url: "http://127.0.0.1:8/mcp", tokens: { nonce: true } } }';
const ISSUERS = 'issuers: { corp: { issuer: "https://idp.example" } }';

const read = (...lines: readonly string[]) => {
  const config = parseConfig([...lines, SERVERS].join('\n'), 'sallyport.yaml');
  return { accept: [...(originsOf(config)[0]?.accept ?? [])], query: config.apiKeys.query, bound: Object.values(config.servers).map(({ tokens }) => tokens.bound), nonce: config.servers['wiki']?.tokens.nonce };
};

const faultOf = (...lines: readonly string[]): string => {
  try {
    read(...lines);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the configuration was taken' });
};

suite('A profile is a set of defaults (D1, D7)', () => {
  test('solo, which is meant where nothing is said: keys, in the URL too, and tokens where somebody issues any', () => {
    const plain = parseConfig('servers: { crm: { url: "http://127.0.0.1:9/mcp" } }', 'sallyport.yaml');
    assert.deepEqual([plain.profile, [...(originsOf(plain)[0]?.accept ?? [])], plain.apiKeys.query], ['solo', ['api-key'], true]);
    assert.deepEqual(read('profile: solo', ISSUERS).accept, ['api-key', 'oauth']);
  });

  test('team: tokens on the first listener', () => assert.deepEqual(read('profile: team', ISSUERS), { accept: ['oauth'], query: true, bound: ['optional', 'optional'], nonce: true }));

  test('regulated: tokens that are bound to their sender, and no key in a URL', () => assert.deepEqual(read('profile: regulated', ISSUERS), { accept: ['oauth'], query: false, bound: ['any-bound', 'any-bound'], nonce: true }));

  test('and what the file says itself wins', () => {
    assert.deepEqual(read('profile: regulated', ISSUERS, 'listen: { accept: [api-key, oauth] }', 'apiKeys: { query: true }'), { accept: ['api-key', 'oauth'], query: true, bound: ['any-bound', 'any-bound'], nonce: true });
    const config = parseConfig('profile: regulated\nissuers: { corp: { issuer: "https://idp.example" } }\nservers: { crm: { url: "http://127.0.0.1:9/mcp", tokens: { bound: dpop } } }', 'sallyport.yaml');
    assert.equal(config.servers['crm']?.tokens.bound, 'dpop');
  });

  test('team and regulated need an issuer, and say so', () => {
    for (const profile of ['team', 'regulated']) assert.match(faultOf(`profile: ${profile}`), /listen\.accept: has oauth, and no issuer is named/, profile);
  });

  test('of another name is refused with its line', () => {
    for (const profile of ['Solo', 'enterprise', '__proto__', '7', '[team]']) assert.match(faultOf(`profile: ${profile}`), /sallyport\.yaml:1:1 {2}profile: /, profile);
  });

  test('does not hide what has another form than a setting may have', () => {
    assert.match(faultOf('profile: team', ISSUERS, 'listen: 7'), /listen: /);
    assert.match(faultOf('profile: regulated', ISSUERS, 'apiKeys: [x]'), /apiKeys: /);
  });

  test('is where "config show" says that a setting comes from', () => {
    const settings = settingsOf(['profile: regulated', ISSUERS, 'listen: { port: 1 }', SERVERS].join('\n'), 'sallyport.yaml');
    const originOf = (path: string): string | undefined => settings.find((setting) => setting.path === path)?.origin;
    assert.deepEqual(['apiKeys.query', 'listen.accept', 'servers.crm.tokens.bound', 'listen.port', 'listen.host'].map(originOf), ['profile regulated', 'profile regulated', 'profile regulated', 'sallyport.yaml:3', 'default']);
  });
});
