import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { validateConfig } from '../parse-config.ts';
import { ConfigError } from '../config-error.ts';
import { ownIssuerUrl } from './own-issuer.ts';
import { knownIssuers, tokenRulesOf } from '../issuers/issuers.ts';
import { originsOf } from '../origins.ts';

const SERVERS = { crm: { url: 'http://127.0.0.1:1/mcp' } };

const read = (more: object) => validateConfig({ servers: SERVERS, ...more }, 'test');

const faultOf = (more: object): string => {
  try {
    read(more);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

suite('The authorization server in a configuration', () => {
  test('is off, and then nothing is as it would be with it', () => {
    const config = read({});
    assert.equal(ownIssuerUrl(config), undefined);
    assert.deepEqual([...(originsOf(config)[0]?.accept ?? [])], ['api-key']);
    assert.deepEqual(knownIssuers(config), []);
  });

  test('is on by one line: tokens are accepted beside keys, each server takes them, and denials know the issuer', () => {
    const config = read({ authority: { enabled: true } });
    assert.equal(ownIssuerUrl(config), 'http://127.0.0.1:3210');
    assert.deepEqual([...(originsOf(config)[0]?.accept ?? [])], ['api-key', 'oauth']);
    assert.deepEqual([...(tokenRulesOf(config).get('crm')?.issuers ?? [])], ['sallyport']);
    assert.deepEqual(knownIssuers(config).map(({ name, issuer }) => [name, issuer]), [['sallyport', 'http://127.0.0.1:3210']]);
  });

  test('is at the first listener that takes tokens', () => {
    const config = read({ authority: { enabled: true }, listen: { accept: ['api-key'] }, listeners: [{ port: 4000, publicUrl: 'https://mcp.example.com', accept: ['oauth'] }] });
    assert.equal(ownIssuerUrl(config), 'https://mcp.example.com');
  });

  test('takes servers out that name their issuers without it', () => {
    const config = validateConfig({ authority: { enabled: true }, issuers: { corp: { issuer: 'https://idp.example' } }, servers: { crm: { ...SERVERS.crm, issuers: ['corp'] }, hr: SERVERS.crm } }, 'test');
    assert.deepEqual([[...(tokenRulesOf(config).get('crm')?.issuers ?? [])], [...(tokenRulesOf(config).get('hr')?.issuers ?? [])]], [['corp'], ['sallyport', 'corp']]);
  });

  const on = (authority: object = {}, more: object = {}): object => ({ authority: { enabled: true, ...authority }, ...more });
  const withCertificates = (clients: object): object => on({ clients }, { publicUrl: 'https://mcp.example.com', listen: { tls: { cert: 'c', key: 'k', ca: 'a', rejectUnauthorized: false } } });
  for (const [what, config, message] of [
    ['a public address by plain http', on({}, { publicUrl: 'http://mcp.example.com' }), /publicUrl.*travel in the clear/],
    ['no listener that takes tokens', on({}, { listen: { accept: ['api-key'] } }), /no listener accepts tokens/],
    ['a port that nobody knows before it is bound', on({}, { listen: { port: 0 } }), /nothing says under which URL/],
    ['an issuer of its own name', on({}, { issuers: { sallyport: { issuer: 'https://idp.example' } } }), /the gateway's own issuer/],
    ['tokens of a second', on({ accessToken: '1s' }), /not a duration from 1m to 24h/],
    ['tokens of a week', on({ accessToken: '7d' }), /not a duration from 1m to 24h/],
    ['a grace of an hour', on({ graceSeconds: 3600 }), /graceSeconds/],
    ['a member that there is not', on({ acessToken: '1h' }), /accessToken/],
    ['a client with a secret in the file', on({ clients: { a: { clientSecret: 'hunter2', permissions: ['crm:*'] } } }), /must be a reference/],
    ['a client that acts for itself and cannot prove itself', on({ clients: { a: { permissions: ['crm:*'] } } }), /prove itself/],
    ['a client that nobody could use', on({ clients: { a: {} } }), /neither redirectUris nor permissions/],
    ['a client with assertions that cannot prove itself', on({ clients: { a: { assertions: ['corp'] } } }, { issuers: { corp: { issuer: 'https://idp.example' } } }), /prove itself/],
    ['a client with assertions of nobody', on({ clients: { a: { assertions: ['corp'], clientSecret: 'env:X' } } }), /which is not an issuer/],
    ['a client with two proofs', on({ clients: { a: { permissions: ['crm:*'], clientSecret: 'env:X', keys: { keys: [{ kty: 'EC' }] } } } }), /in one way/],
    ['a client with a certificate and a secret', withCertificates({ a: { permissions: ['crm:*'], clientSecret: 'env:X', certificate: { dns: 'a.b' } } }), /in one way/],
    ['a client known by two names of its certificate', withCertificates({ a: { permissions: ['crm:*'], certificate: { dns: 'a.b', ip: '10.1.2.3' } } }), /just one of/],
    ['a client known by nothing of its certificate', withCertificates({ a: { permissions: ['crm:*'], certificate: {} } }), /just one of/],
    ['a client with a subject that is none', withCertificates({ a: { permissions: ['crm:*'], certificate: { subject: '/CN=a/O=b' } } }), /RFC2253/],
    ['a client with an address that is none', withCertificates({ a: { permissions: ['crm:*'], certificate: { ip: '10.1.2' } } }), /ip/],
    ['a client with keys that are no certificates', withCertificates({ a: { permissions: ['crm:*'], certificate: { keys: { keys: [{ kty: 'EC' }] } } } }), /x5c/],
    ['a client with a certificate where none is asked for', on({ clients: { a: { permissions: ['crm:*'], certificate: { dns: 'a.b' } } } }), /certificate.*asks for none/],
    ['a client with bound tokens where none is asked for', on({ clients: { a: { redirectUris: ['https://a.example/cb'], boundToCertificate: true } } }), /boundToCertificate.*asks for none/],
    ['a redirect URI with a fragment', on({ clients: { a: { redirectUris: ['https://a.example/#x'] } } }), /without a fragment/],
    ['a scheme in upper case', on({ redirectSchemes: ['Cursor'] }), /lower case/],
    ['a server that names it while it is off', { servers: { crm: { ...SERVERS.crm, issuers: ['sallyport'] } } }, /is not an issuer/],
  ] as const) {
    test(`with ${what} stops the start`, () => assert.match(faultOf(config), message));
  }
});
