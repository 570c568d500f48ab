import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { TestKey } from '../../../test/world/token-issuer.ts';
import { ConfigError } from '../config-error.ts';
import { issuersOf, tokenRulesOf } from './issuers.ts';
import { parseConfig, validateConfig } from '../parse-config.ts';

const ISSUER = 'https://idp.example';
const servers = { crm: { url: 'http://127.0.0.1:1/mcp' } };

const faultOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof ConfigError ? error.message : String(error);
  }
};

type Section = Readonly<Record<string, unknown>>;

const wrong = (corp: Section, more: Section = {}): string => faultOf(() => validateConfig({ servers, issuers: { corp: { issuer: ISSUER, ...corp } }, ...more }, 'file'));

const NOTHING = { environment: {}, managed: undefined };

suite('An issuer of the configuration', () => {
  const cases: readonly (readonly [string, Section, Section, RegExp])[] = [
    ['every tenant of Entra', { issuer: 'https://login.microsoftonline.com/common/v2.0', profile: 'entra-v2' }, {}, /every tenant/],
    ['the template of tenants', { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }, {}, /every tenant|URL/],
    ['the org server of Okta', { issuer: 'https://company.okta.com', profile: 'okta' }, {}, /tokens are for Okta alone/],
    ['a query', { issuer: `${ISSUER}/?x=1` }, {}, /query/],
    ['a name that is no URL', { issuer: 'idp' }, {}, /URL/],
    ['an unknown profile', { profile: 'ping' }, {}, /profile/],
    ['a symmetric algorithm', { algorithms: ['HS256'] }, {}, /algorithms/],
    ['no algorithm at all', { algorithms: ['none'] }, {}, /algorithms/],
    ['two places of its keys', { jwksUri: `${ISSUER}/jwks`, keys: { keys: [{}] } }, {}, /leave one out/],
    ['none', { discovery: 'off' }, {}, /no token of it could be checked/],
    ['key hosts that nothing looks at', { jwksUri: `${ISSUER}/jwks`, keyHosts: ['x.example'] }, {}, /matters only for discovery/],
    ['a secret in the file', { introspection: { url: `${ISSUER}/i`, clientId: 'a', clientSecret: 'hunter2' } }, {}, /must be a reference/],
    ['a role that is not there', { everyone: ['reeder'] }, { roles: { reader: ['crm:*'] } }, /did you mean reader/],
    ['a mapping to a role that is not there', { roles: { Eng: ['reeder'] } }, { roles: { reader: ['crm:*'] } }, /did you mean reader/],
    ['a setting that is misspelt', { profle: 'okta' }, {}, /did you mean profile/],
    ['a lifetime that is none', { maxLifetime: 'long' }, {}, /duration/],
    ['a leeway of an hour', { leewaySeconds: 3600 }, {}, /leewaySeconds/],
    ['an issuer of a server that is not there', {}, { servers: { crm: { ...servers.crm, issuers: ['crop'] } } }, /did you mean corp/],
    ['something asked of tokens that nobody may bring', {}, { servers: { crm: { ...servers.crm, issuers: [], tokens: { bound: 'dpop' } } } }, /accepts no issuer/],
    ['a nonce where there are no proofs', {}, { servers: { crm: { ...servers.crm, tokens: { bound: 'mtls', nonce: true } } } }, /DPoP proofs/],
    ['an audience that nothing says', {}, { listen: { port: 0 } }, /audience: is missing/],
    ['an issuer by http that may not be fetched', { issuer: 'http://idp.example' }, {}, /issuers\.corp\.issuer.*fetch\.allow names idp\.example:80/],
    ['keys by http', { jwksUri: 'http://idp.example:81/jwks' }, { fetch: { allow: ['idp.example:80'] } }, /jwksUri.*idp\.example:81/],
    ['questions by http', { introspection: { url: 'http://idp.example/i', clientId: 'a', clientSecret: 'env:X' } }, {}, /introspection.*is http/],
    ['a user in its URL', { issuer: 'https://admin:hunter2@idp.example' }, {}, /issuer.*has a user in its URL/], // sallyport-scan: allow, it opens nothing
    ['a user in the URL of its keys', { jwksUri: 'https://admin@idp.example/jwks' }, {}, /jwksUri.*has a user/],
    ['a key and a token asked for where no listener takes both', {}, { listen: { accept: ['oauth'] }, servers: { crm: { ...servers.crm, tokens: { withKey: true } } } }, /withKey.*no listener accepts both/],
    ['the same issuer twice', {}, { issuers: { corp: { issuer: ISSUER }, again: { issuer: ISSUER } } }, /is the issuer of "corp" already/],
    ['one domain of two issuers', {}, { issuers: { corp: { issuer: ISSUER, emailDomains: ['a.com'] }, again: { issuer: 'https://b.example', emailDomains: ['a.com'] } } }, /another issuer vouches for/],
  ];
  for (const [what, corp, more, message] of cases) test(`is refused at start with ${what}`, () => assert.match(wrong(corp, more), message));

  test('may be http where nothing is fetched of it, or where it is allowed', () => {
    const key = new TestKey('ES256', 'k').jwk;
    assert.equal(wrong({ issuer: 'http://idp.example', keys: { keys: [key] } }), 'none');
    assert.equal(wrong({ issuer: 'http://127.0.0.1:8080' }, { fetch: { allow: ['127.0.0.1:8080'] } }), 'none');
    assert.equal(wrong({}, { servers: { crm: { ...servers.crm, tokens: { withKey: true } } } }), 'none');
  });

  test('is refused under the name __proto__, which would silently not be there, with its line', () => {
    const fault = faultOf(() => parseConfig(`servers:\n  crm: { url: "http://127.0.0.1:1/mcp" }\nissuers:\n  __proto__:\n    issuer: ${ISSUER}\n`, 'sallyport.yaml'));
    assert.match(fault, /sallyport\.yaml:4:3.*issuers\.__proto__.*choose another/);
  });

  test('is told with the line it stands in', () => {
    assert.match(faultOf(() => parseConfig(`servers:\n  crm: { url: "http://127.0.0.1:1/mcp" }\nissuers:\n  corp:\n    issuer: ${ISSUER}\n    profle: okta\n`, 'sallyport.yaml')), /sallyport.yaml:6:5.*profle.*did you mean profile/);
  });

  test('reads keys of a file, and says which file is none, and nothing of what is in it', async () => {
    await using folder = await temporaryFolder('issuers');
    const [good, bad] = [join(folder.path, 'good.json'), join(folder.path, 'bad.json')];
    writeFileSync(good, JSON.stringify({ keys: [new TestKey('ES256', 'k').jwk] }));
    writeFileSync(bad, 'canary-in-a-file');
    const made = (path: string) => issuersOf(validateConfig({ servers, issuers: { corp: { issuer: ISSUER, keys: `file:${path}` } } }, 'file'), NOTHING);
    assert.equal(made(good)[0]?.keySource.kind, 'pinned');
    const fault = faultOf(() => made(bad));
    assert.match(fault, /no JWK set/);
    assert.ok(!fault.includes('canary-in-a-file'));
  });

  test('is refused when its secret is not there', () => {
    const config = validateConfig({ servers, issuers: { corp: { issuer: ISSUER, introspection: { url: `${ISSUER}/i`, clientId: 'a', clientSecret: 'env:NOT_THERE' } } } }, 'file');
    assert.match(faultOf(() => issuersOf(config, NOTHING)), /NOT_THERE is not set/);
  });
});

suite('A server', () => {
  test('is named by its public URLs, or by what the configuration says (RFC 8707 §2)', () => {
    const rules = (more: Section) => tokenRulesOf(validateConfig({ servers, issuers: { corp: { issuer: ISSUER } }, publicUrl: 'https://mcp.company.com', ...more }, 'file'));
    assert.deepEqual([...(rules({}).get('crm')?.audience ?? [])], ['https://mcp.company.com/crm/mcp', 'https://mcp.company.com/mcp']);
    assert.deepEqual([...(rules({ servers: { ...servers, wiki: servers.crm } }).get('crm')?.audience ?? [])], ['https://mcp.company.com/crm/mcp']);
    assert.deepEqual([...(rules({ servers: { crm: { ...servers.crm, audience: ['api://crm'] } } }).get('crm')?.audience ?? [])], ['api://crm']);
    assert.equal(rules({ servers: { crm: { ...servers.crm, issuers: [] } } }).size, 0);
  });
});
