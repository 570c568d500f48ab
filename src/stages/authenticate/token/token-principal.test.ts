import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TestKey } from '../../../../test/world/token-issuer.ts';
import { ISSUER, TokenRoom, type TokenRoomOptions } from '../../../../test/world/token-room.ts';

const ROLES = { reader: ['alpha:get_*'], admin: ['alpha:*'] };

const room = (options: TokenRoomOptions = {}): TokenRoom => new TokenRoom({ ...options, config: { roles: ROLES, permissions: { 'read:customers': ['alpha:get_customer'] }, ...options.config } });

suite('The caller of a token', () => {
  test('has the permissions of its scopes and roles; what is neither grants nothing (R17, R18)', async () => {
    const world = room();
    const principal = await world.opens(world.token({ scope: 'openid read:customers alpha:list_things * unknown alpha: *:get_x', roles: ['reader', 'nobody'], groups: ['Engineering', 'admins'] }));
    assert.deepEqual(principal.permissions.grants.map(({ permission, from }) => `${from}: ${permission.text}`), ['scope: read:customers', 'scope: alpha:list_things', 'role reader: alpha:get_*']);
    assert.deepEqual([principal.roles, principal.groups, principal.group], [['reader'], ['Engineering', 'admins'], 'Engineering']);
  });

  test('has the roles that the configuration maps, and those of everybody', async () => {
    const world = room({ issuer: { roles: { Engineering: ['admin'], reader: [] }, everyone: ['reader'] } });
    assert.deepEqual((await world.opens(world.token({ groups: ['Engineering'] }))).roles, ['admin', 'reader']);
    const other = room({ issuer: { roles: { reader: [] } } });
    assert.deepEqual((await other.opens(other.token({ roles: ['reader'] }))).roles, [], 'a mapping to nothing takes the role of the same name away');
  });

  test('goes no further than the person may, and nowhere when the person is disabled (D2, R44)', async () => {
    const world = room({ config: { people: { 'corp:user-1': { roles: ['reader'], groups: ['Sales'] }, 'corp:user-2': { disabled: true } } } });
    const principal = await world.opens(world.token({ scope: 'alpha:get_customer alpha:delete_customer' }));
    assert.ok(principal.permissions.find('alpha', 'tool', 'get_customer') !== undefined);
    assert.equal(principal.permissions.find('alpha', 'tool', 'delete_customer'), undefined);
    assert.ok(principal.groups.includes('Sales'));
    assert.match((await world.refuses(world.token({ sub: 'user-2' }))).circumstances.reason, /disabled/);
  });

  test('is named by an address only where its issuer vouches for the domain and has verified it (A12)', async () => {
    const world = room({ issuer: { emailDomains: ['company.com'] }, config: { roles: ROLES, people: { 'carol@company.com': { disabled: true } } } });
    const named = async (email: unknown, verified: unknown = true): Promise<string> => (await world.opens(world.token({ email, email_verified: verified }))).subject;
    assert.equal(await named('Alice@Company.com'), 'alice@company.com');
    for (const [email, verified] of [['alice@company.com', false], ['alice@company.com', null], ['alice@company.com', 'true'], ['alice@evilcompany.com', true], ['a@company.com@evil.example', true], ['alice@company.com.evil.example', true], ['alice@company.com ', true], ['"alice"@company.com', true], ['\u0430lice@company.com', true], ['@company.com', true]] as const) {
      assert.equal(await named(email, verified), 'corp:user-1', JSON.stringify([email, verified]));
    }
    // The Kelvin sign is a k as soon as it is written small: somebody else would be Mike.
    assert.equal(await named('mike@company.com'), 'mike@company.com');
    assert.equal(await named('mi\u212Ae@company.com'), 'corp:user-1');
    assert.match((await world.refuses(world.token({ email: 'CAROL@company.com', email_verified: true }))).circumstances.reason, /carol@company.com, who is disabled/);
  });

  test('is another person than that of another issuer with the same subject, with other sessions', async () => {
    const partner = new TestKey('ES256', 'key-1');
    const world = room({ issuers: { partner: { issuer: 'https://partner.example', keys: { keys: [partner.jwk] } } } });
    const [ours, theirs] = [await world.opens(world.token()), await world.opens(partner.sign(world.claims({ iss: 'https://partner.example' })))];
    assert.deepEqual([ours.subject, theirs.subject], ['corp:user-1', 'partner:user-1']);
    assert.notEqual(ours.credentialId, theirs.credentialId);
  });

  test('keeps its sessions when the token is renewed, and has others with another client (RS-14)', async () => {
    const world = room();
    const [first, renewed, other] = [await world.opens(world.token()), await world.opens(world.token({ jti: 'token-2' })), await world.opens(world.token({ client_id: 'client-2' }))];
    assert.equal(first.credentialId, renewed.credentialId);
    assert.notEqual(first.credentialId, other.credentialId);
  });

  test('shows rules the claims that the configuration names, and no others', async () => {
    const world = room({ issuer: { claims: { extra: { team: 'org.team', tier: 'https://company.com/tier' }, group: 'department' } } });
    const principal = await world.opens(world.token({ org: { team: 'blue' }, 'https://company.com/tier': 3, department: 'Engineering', secret_thing: 'x', name: 'Alice' }));
    assert.deepEqual(principal.claims, { name: 'Alice', team: 'blue', tier: 3 });
    assert.equal(principal.group, 'Engineering');
    assert.deepEqual(principal.token?.issuer, ISSUER);
  });
});

type Section = Readonly<Record<string, unknown>>;

interface Example {
  readonly issuer: string;
  /** Claims besides those of every token. */
  readonly claims: Section;
  readonly header?: Section;
  readonly expected: readonly [subject: string, client: string | undefined, groups: readonly string[]];
  /** Changes that make it another of the provider's tokens. */
  readonly refused: readonly Section[];
}

/** How the tokens of each provider look, from their documentation; each with the ones that must not be taken for them. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  'entra-v2': {
    issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    claims: { ver: '2.0', tid: '11111111-2222-3333-4444-555555555555', oid: 'person-1', sub: 'pairwise-1', azp: 'client-1', scp: 'alpha:get_customer', preferred_username: 'alice@company.com', groups: ['Engineering'] },
    header: { typ: 'JWT' },
    expected: ['alice@company.com', 'client-1', ['Engineering']],
    refused: [{ azp: undefined }, { ver: '1.0' }, { nonce: 'x' }, { hasgroups: true }, { oid: undefined }],
  },
  'entra-v1': {
    issuer: 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/',
    claims: { ver: '1.0', tid: '11111111-2222-3333-4444-555555555555', oid: 'person-1', appid: 'client-1', scp: 'alpha:get_customer', upn: 'alice@company.com' },
    header: { typ: 'JWT' },
    expected: ['alice@company.com', 'client-1', []],
    refused: [{ appid: undefined }, { ver: '2.0' }, { _claim_names: { groups: 'src1' } }],
  },
  okta: {
    issuer: 'https://company.okta.com/oauth2/default',
    claims: { ver: 1, sub: 'alice@company.com', uid: '00u1', cid: 'client-1', scp: ['alpha:get_customer'], groups: ['Engineering'] },
    header: { typ: undefined },
    expected: ['alice@company.com', 'client-1', ['Engineering']],
    refused: [{ cid: undefined }, { at_hash: 'x' }],
  },
  auth0: {
    issuer: 'https://company.eu.auth0.com/',
    claims: { sub: 'auth0|user123', azp: 'client-1', client_id: undefined, scope: 'openid alpha:get_customer', permissions: ['alpha:*'] },
    header: { typ: 'JWT' },
    expected: ['corp:auth0|user123', 'client-1', []],
    refused: [{ azp: undefined }, { nonce: 'x' }],
  },
  cognito: {
    issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc',
    claims: { token_use: 'access', aud: undefined, client_id: 'http://127.0.0.1:3210/alpha/mcp', username: 'alice', 'cognito:groups': ['Engineering'], scope: 'alpha:get_customer' },
    header: { typ: undefined },
    expected: ['corp:user-1', 'http://127.0.0.1:3210/alpha/mcp', ['Engineering']],
    refused: [{ token_use: 'id' }, { token_use: undefined }, { client_id: 'client-1' }, { aud: 'client-1' }],
  },
  keycloak: {
    issuer: 'https://id.company.com/realms/company',
    claims: { typ: 'Bearer', azp: 'client-1', client_id: undefined, realm_access: { roles: ['reader'] }, groups: ['/Engineering'], scope: 'alpha:get_customer', email: 'alice@company.com', email_verified: true },
    header: { typ: 'JWT' },
    expected: ['alice@company.com', 'client-1', ['Engineering']],
    refused: [{ typ: 'ID' }, { typ: 'Refresh' }, { typ: 'Offline' }, { typ: undefined }, { typ: 'Logout' }],
  },
  google: {
    issuer: 'https://accounts.google.com',
    claims: { azp: '1234', client_id: undefined, email: 'robot@company.com', email_verified: true, scope: undefined },
    header: { typ: 'JWT' },
    expected: ['robot@company.com', '1234', []],
    refused: [{ azp: undefined }, { aud: '1234' }],
  },
  generic: {
    issuer: 'https://idp.company.com',
    claims: { client_id: undefined, azp: 'client-1', jti: undefined, scp: 'alpha:get_customer' },
    header: { typ: undefined },
    expected: ['corp:user-1', 'client-1', []],
    refused: [{ nonce: 'x' }, { c_hash: 'x' }, { events: {} }],
  },
};

suite('The profile', () => {
  for (const [profile, { issuer, claims, header = {}, expected, refused }] of Object.entries(EXAMPLES)) {
    test(`${profile} reads the provider's access tokens and none of its others (J07)`, async () => {
      const key = new TestKey('RS256', 'key-1');
      const world = room({ issuer: { issuer, profile, discovery: 'off', keys: { keys: [key.jwk] }, emailDomains: ['company.com'] }, keys: [key] });
      const make = (more: Section = {}): string => key.sign(world.claims({ iss: issuer, ...claims, ...more }), header);
      const principal = await world.opens(make());
      assert.deepEqual([principal.subject, principal.clientId, principal.groups], expected);
      assert.equal(principal.permissions.find('alpha', 'tool', 'delete_customer'), undefined);
      for (const more of refused) assert.equal((await world.refuses(make(more))).code, 'token.invalid', JSON.stringify(more));
    });
  }
});

suite('The times of a token', () => {
  const at = (world: TokenRoom, seconds: number): number => Math.floor(world.clock.nowMs() / 1000) + seconds;
  const cases: readonly (readonly [string, (world: TokenRoom) => Section, boolean])[] = [
    ['59 seconds after its end', (world) => ({ iat: at(world, -3600), exp: at(world, -59) }), true],
    ['61 seconds after its end', (world) => ({ iat: at(world, -3600), exp: at(world, -61) }), false],
    ['59 seconds before its beginning', (world) => ({ nbf: at(world, 59) }), true],
    ['61 seconds before its beginning', (world) => ({ nbf: at(world, 61) }), false],
    ['59 seconds before it was issued', (world) => ({ iat: at(world, 59) }), true],
    ['61 seconds before it was issued', (world) => ({ iat: at(world, 61) }), false],
    ['for a day', (world) => ({ exp: at(world, 86_400) }), true],
    ['for a second more than a day', (world) => ({ exp: at(world, 86_401) }), false],
  ];
  for (const [what, make, opens] of cases) {
    test(`[J10] ${what}: it ${opens ? 'opens' : 'opens nothing'}`, async () => {
      const world = room();
      assert.equal((await world.ask(world.token(make(world)))).kind, opens ? 'proven' : 'rejected');
    });
  }
});
