import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { admit } from '../../model/admission.ts';
import type { ExternalIdentity } from '../../model/external-identity.ts';
import { ConfigError } from '../config-error.ts';
import { parseConfig, validateConfig } from '../parse-config.ts';
import { signInRules, type SignInRules } from './sign-in-rules.ts';

type Section = Readonly<Record<string, unknown>>;

const servers = { crm: { url: 'https://crm.example/mcp' } };
const roles = { reader: ['crm:get_*'], admin: ['crm:*'] };
const client = { clientId: 'c', clientSecret: 'env:SECRET' };
const sources = { environment: { SECRET: 's3cret' }, managed: undefined };
const open = { everybody: true };

const rulesFor = (signIn: Section, more: Section = {}): readonly SignInRules[] => signInRules(validateConfig({ servers, roles, publicUrl: 'https://mcp.example', authority: { enabled: true }, signIn, ...more }, 'test'), sources);
const only = (entry: Section, more: Section = {}): SignInRules => {
  const [rules] = rulesFor({ one: { ...client, ...entry } }, more);
  assert.ok(rules);
  return rules;
};
const faultOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'the configuration was accepted' });
};
const wrong = (entry: Section, more: Section = {}): string => faultOf(() => only(entry, more));

suite('A provider that people sign in by', () => {
  test('sends them back to the address of the founding documents, or to its own where anybody could have set it up (R7, mix-up)', () => {
    assert.equal(only({ kind: 'github', allow: open }).redirectUri, 'https://mcp.example/auth/oauth/callback');
    assert.equal(only({ kind: 'oidc', issuer: 'https://id.example', allow: open }).redirectUri, 'https://mcp.example/auth/oauth/one/callback');
    assert.equal(only({ kind: 'google', allow: open, redirectUri: 'https://mcp.example/auth/callback' }).redirectUri, 'https://mcp.example/auth/callback');
  });

  test('is asked for addresses and groups only where somebody looks at them (R46)', () => {
    const wants = (entry: Section) => only({ kind: 'github', allow: open, ...entry }).options.wants;
    assert.deepEqual(wants({}), { emails: false, groups: false });
    assert.deepEqual(wants({ emailDomains: ['acme.com'] }), { emails: true, groups: false });
    assert.deepEqual(wants({ roles: { acme: ['reader'] } }), { emails: false, groups: true });
    assert.deepEqual(wants({ allow: { groups: ['acme'] } }), { emails: false, groups: true });
    assert.deepEqual(wants({ allow: { emails: ['a@b.example'] } }), { emails: true, groups: false });
  });

  test('has a secret that shows itself to nobody', () => assert.ok(!JSON.stringify(rulesFor({ one: { ...client, kind: 'github', allow: open } })).includes('s3cret')));

  const faults: readonly (readonly [string, Section, RegExp])[] = [
    ['lets nobody in without saying whom', { kind: 'github', allow: {} }, /allow: lets nobody in: name emailDomains/],
    ['is not open and closed at once', { kind: 'github', allow: { everybody: true, emails: ['a@b.example'] } }, /allow\.everybody: is true, and some are named too/],
    ['needs an issuer if it is any provider', { kind: 'oidc', allow: open }, /issuer: is missing: oidc needs it/],
    ['has no issuer if it is GitHub', { kind: 'github', issuer: 'https://x.example', allow: open }, /issuer: means nothing to github/],
    ['has no URL of GitHub if it is none', { kind: 'oidc', issuer: 'https://x.example', url: 'https://y.example', allow: open }, /url: means nothing to oidc/],
    ['is of a kind that there is', { kind: 'myspace', allow: open }, /kind/],
    ['has its secret elsewhere', { kind: 'github', clientSecret: 'ghs_plain', allow: open }, /must be a reference/],
    ['gives roles that there are', { kind: 'github', allow: open, roles: { acme: ['raeder'] } }, /"raeder" is not a role of this file; did you mean reader\?/],
    ['gives everyone a role that there is', { kind: 'github', allow: open, everyone: ['nobody'] }, /"nobody" is not a role/],
    ['comes back to this gateway (R101, R104)', { kind: 'github', allow: open, redirectUri: 'https://chatgpt.com/connector/callback' }, /redirectUri: is no address of this gateway.*write https:\/\/mcp\.example\/auth\/oauth\/callback/],
    ['comes back to its own address', { kind: 'oidc', issuer: 'https://x.example', allow: open, redirectUri: 'https://mcp.example/auth/oauth/callback' }, /redirectUri: is no address.*\/auth\/oauth\/one\/callback/],
    ['is https', { kind: 'oidc', issuer: 'http://x.example', allow: open }, /issuer: is http, by which nothing is fetched/],
    ['has no user in its URL', { kind: 'github', url: 'https://me:pw@x.example', allow: open }, /url: has a user/],
    ['names domains that are some', { kind: 'github', allow: { emailDomains: ['Acme.com'] } }, /is not a lower-case domain/],
    ['names addresses that everybody reads alike (A12)', { kind: 'github', allow: { emails: ['a@acme.com@evil.example'] } }, /is not an address/],
    ['has members that there are', { kind: 'github', alow: open }, /did you mean allow\?/],
  ];
  for (const [what, entry, words] of faults) test(what, () => assert.match(wrong(entry), words));

  test('is called like nobody else: its people would have the names of others', () => {
    for (const name of ['os', 'issuer', 'sallyport', 'client', 'directory', 'service']) assert.match(faultOf(() => rulesFor({ [name]: { ...client, kind: 'github', allow: open } })), /is a name that the gateway keeps for itself/);
  });

  test('is one: two for a domain would give two people one name', () => {
    const both = { one: { ...client, kind: 'google', allow: open, emailDomains: ['acme.com'] }, two: { ...client, kind: 'github', allow: open, emailDomains: ['acme.com'] } };
    assert.match(faultOf(() => rulesFor(both)), /signIn\.two\.emailDomains: has acme\.com, for which another provider vouches/);
    const issuers = (issuer: string) => ({ issuers: { corp: { issuer, emailDomains: ['acme.com'] } } });
    const corp = { corp: { ...client, kind: 'oidc', issuer: 'https://id.example', allow: open, emailDomains: ['acme.com'] } };
    assert.match(faultOf(() => rulesFor(corp, issuers('https://other.example'))), /is the name of another issuer.*|has acme\.com/);
    assert.equal(rulesFor(corp, issuers('https://id.example')).length, 1, 'the same provider may be both');
  });
});

suite('The variables of the founding documents name providers too (R12, R13)', () => {
  const text = 'publicUrl: https://mcp.example\nservers: { crm: { url: "https://crm.example/mcp" } }\n';
  const parsed = (environment: Readonly<Record<string, string>>, more = '') => parseConfig(text + more, 'test', environment);
  const read = (environment: Readonly<Record<string, string>>, more = '') => parsed(environment, more).signIn;
  const GITHUB = { MCP_OAUTH_ENABLED: 'true', MCP_OAUTH_GITHUB_CLIENT_ID: 'your_github_client_id', MCP_OAUTH_GITHUB_CLIENT_SECRET: 'your_github_client_secret' };

  test('as pasted, and the secret stays where it is', () => {
    const { github } = read({ ...GITHUB, MCP_OAUTH_REDIRECT_URI: 'https://mcp.example/auth/oauth/callback' });
    assert.deepEqual([github?.kind, github?.clientId, github?.clientSecret, github?.redirectUri, github?.allow.everybody], ['github', 'your_github_client_id', 'env:MCP_OAUTH_GITHUB_CLIENT_SECRET', 'https://mcp.example/auth/oauth/callback', true]);
  });

  test('they switch the authorization server on, unless the file says otherwise', () => {
    assert.equal(parsed(GITHUB).authority.enabled, true);
    assert.equal(parsed({}).authority.enabled, false);
    assert.match(faultOf(() => parsed(GITHUB, 'authority: { enabled: false }\n')), /signIn: names providers, and nothing would come of signing in/);
  });

  test('the address is derived where none is given, and Google has two names', () => {
    assert.equal(read(GITHUB)['github']?.redirectUri, undefined);
    assert.equal(read({ MCP_OAUTH_ENABLED: '1', GOOGLE_CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET: 's' })['google']?.clientSecret, 'env:GOOGLE_CLIENT_SECRET');
    assert.equal(read({ MCP_OAUTH_ENABLED: '1', GOOGLE_CLIENT_ID: 'old', GOOGLE_CLIENT_SECRET: 's', MCP_OAUTH_GOOGLE_CLIENT_ID: 'new', MCP_OAUTH_GOOGLE_CLIENT_SECRET: 't' })['google']?.clientId, 'new');
  });

  test('only where they are switched on, and what the file says wins', () => {
    for (const MCP_OAUTH_ENABLED of ['', 'false', '0']) assert.deepEqual(read({ ...GITHUB, MCP_OAUTH_ENABLED }), {});
    assert.deepEqual(read({ GOOGLE_CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET: 's' }), {});
    assert.equal(read(GITHUB, 'signIn: { github: { kind: github, clientId: mine, clientSecret: "env:X", allow: { groups: [acme] } } }\n')['github']?.clientId, 'mine');
  });

  const faults: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['one without the other', { MCP_OAUTH_ENABLED: 'true', MCP_OAUTH_GITHUB_CLIENT_ID: 'x' }, /MCP_OAUTH_GITHUB_CLIENT_SECRET.*is not set/],
    ['a secret without an id', { MCP_OAUTH_ENABLED: 'true', MCP_OAUTH_GITHUB_CLIENT_SECRET: 'x-secret' }, /MCP_OAUTH_GITHUB_CLIENT_ID.*is not set/],
    ['no provider at all', { MCP_OAUTH_ENABLED: 'true' }, /is true, and no provider is named/],
    ['neither true nor false', { ...GITHUB, MCP_OAUTH_ENABLED: 'perhaps' }, /neither true nor false/],
    ['an address of somebody else (R104)', { ...GITHUB, MCP_OAUTH_REDIRECT_URI: 'https://chatgpt.com/callback' }, /redirectUri: is no address of this gateway/],
  ];
  for (const [what, environment, words] of faults) {
    test(`but not ${what}`, () => {
      const message = faultOf(() => read(environment));
      assert.match(message, words);
      assert.ok(!message.includes('x-secret'));
    });
  }
});

suite('Whoever signs in is let in by what is verified, and by nothing else (A12)', () => {
  const alice: ExternalIdentity = { issuer: 'https://id.example', subject: '17', name: 'Alice', emails: ['Alice@acme.com'], groups: ['acme', 'acme/platform'] };
  const admission = (allow: Section, more: Section = {}) => only({ kind: 'github', allow, ...more }).admission;

  test('everybody, a domain, an address, a group', () => {
    for (const allow of [open, { emailDomains: ['acme.com'] }, { emails: ['alice@ACME.com'] }, { groups: ['Acme'] }, { groups: ['acme/Platform'] }, { groups: ['x'], emails: ['alice@acme.com'] }]) assert.ok(admit(alice, admission(allow)), JSON.stringify(allow));
    for (const allow of [{ emailDomains: ['cme.com'] }, { emailDomains: ['evilacme.com'] }, { emails: ['bob@acme.com'] }, { groups: ['acme/plat'] }, { groups: ['platform'] }]) assert.equal(admit(alice, admission(allow)), undefined, JSON.stringify(allow));
  });

  test('is called by issuer and subject, or by an address of a domain that counts as a name', () => {
    assert.deepEqual([admit(alice, admission(open))?.subject, admit(alice, admission(open, { emailDomains: ['acme.com'] }))?.subject], ['one:17', 'alice@acme.com']);
    assert.equal(admit({ ...alice, emails: [] }, admission(open, { emailDomains: ['acme.com'] }))?.subject, 'one:17');
  });

  test('has the roles of the groups, and of everyone, and no other', () => {
    assert.deepEqual(admit(alice, admission(open, { roles: { 'Acme/Platform': ['admin'], other: ['reader'] } }))?.roles, ['admin']);
    assert.deepEqual(admit(alice, admission(open, { everyone: ['reader'] }))?.roles, ['reader']);
    assert.deepEqual(admit(alice, admission(open))?.roles, []);
  });
});
