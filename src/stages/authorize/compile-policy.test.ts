import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPrincipal, grants } from '../../../test/world/exchanges.ts';
import type { JsonObject } from '../../model/json.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { Decision, Facts, PolicyText, RuleText } from '../../model/policy.ts';
import type { Principal } from '../../model/principal.ts';
import { compilePolicy } from './compile-policy.ts';

const NOON = Date.UTC(2026, 6, 28, 12); // a Tuesday

const rule = (more: Partial<RuleText>): RuleText => ({ name: 'one', effect: 'allow', who: {}, what: {}, when: {}, ...more });
const policyOf = (rules: readonly RuleText[], more: Partial<PolicyText> = {}) => compilePolicy({ permissions: {}, roles: {}, rules, ...more });

const facts = (more: Partial<Facts> = {}): Facts => ({
  principal: aPrincipal({ permissions: grants(), whole: true }), server: 'crm', environment: 'live', primitive: { kind: 'tool', name: 'get_x' }, arguments: {}, annotation: undefined, address: '192.0.2.7', nowMs: NOON, ...more,
});

const effect = (decision: Decision): string => (decision.effect === 'deny' ? `deny ${decision.because}` : decision.effect);
const ask = (rules: readonly RuleText[], more: Partial<Facts> = {}): string => effect(policyOf(rules).decide(facts(more)));
const caller = (more: Partial<Principal>): Partial<Facts> => ({ principal: aPrincipal({ permissions: grants(), ...(more.permissions === undefined ? { whole: true } : {}), ...more }) });
const when = (conditions: Readonly<Record<string, unknown>>, more: Partial<Facts> = {}): string => ask([rule({ when: conditions })], more);

suite('A policy', () => {
  test('[Q01] lets nobody in by itself: no permission and no rule, no entry (R109)', () => {
    assert.equal(ask([]), 'deny nothing');
    assert.equal(ask([], { primitive: undefined }), 'deny nothing');
    assert.equal(ask([rule({ what: { server: ['wiki'] } })]), 'deny nothing');
  });

  test('counts permissions as rules that allow, and names what decided', () => {
    assert.deepEqual(policyOf([]).decide(facts(caller({ permissions: grants('crm:get_*') }))), { effect: 'allow', rule: 'key: crm:get_*' });
    assert.deepEqual(policyOf([rule({ name: 'open house' })]).decide(facts()), { effect: 'allow', rule: 'rule open house' });
  });

  test('denies where any rule denies, in whatever order they stand', () => {
    const [yes, no] = [rule({ name: 'yes' }), rule({ name: 'no', effect: 'deny' })];
    assert.equal(ask([yes, no]), 'deny rule');
    assert.equal(ask([no, yes], caller({ permissions: grants('*') })), 'deny rule');
    assert.equal(ask([rule({ effect: 'deny', what: { server: ['wiki'] } })], caller({ permissions: grants('*') })), 'allow');
  });

  test('[Q01] denies when a condition cannot be judged, and says which', () => {
    const broken = rule({ name: 'odd', effect: 'deny', when: { expr: 'call.arguments.team == "Sales"' } });
    const decision = policyOf([broken]).decide(facts(caller({ permissions: grants('*') })));
    assert.equal(effect(decision), 'deny error');
    assert.match(JSON.stringify(decision), /odd.*No such key: team/);
    assert.equal(ask([{ ...broken, effect: 'allow' }]), 'deny error');
    assert.equal(ask([{ ...broken, effect: 'allow' }], { arguments: { team: 'Sales' } }), 'allow');
    // A rule that would allow takes nothing away from who is allowed anyway.
    assert.equal(ask([{ ...broken, effect: 'allow' }], caller({ permissions: grants('*') })), 'allow');
  });

  test('takes no key past what its owner may do at all, neither in calls nor in lists (D2)', () => {
    const bounded = (...owner: readonly string[]) => caller({ permissions: new PermissionSet(grants('crm:get_*').grants, grants(...owner)), whole: true });
    const wide = [rule({ what: { server: ['crm'] } })];
    const deleting = { primitive: { kind: 'tool', name: 'delete_x' } } as const;
    assert.equal(ask(wide, { ...bounded('crm:get_*'), ...deleting }), 'deny nothing');
    assert.equal(ask([rule({ when: { arguments: { team: { equals: 'Sales' } } } })], { ...bounded('crm:get_*'), ...deleting, arguments: undefined }), 'deny nothing');
    assert.equal(ask(wide, { ...bounded('wiki:*'), primitive: undefined }), 'deny nothing');
    assert.equal(ask(wide, { ...bounded('crm:*'), ...deleting }), 'allow');
  });

  test('has the version of what it says, not of how it is written', () => {
    const [a, b] = [rule({ name: 'a', who: { role: ['x'] } }), rule({ name: 'b' })];
    const reordered: RuleText = { when: {}, what: {}, who: { role: ['x'] }, effect: 'allow', name: 'a' };
    assert.equal(policyOf([a, b]).version, policyOf([reordered, b]).version);
    assert.notEqual(policyOf([a, b]).version, policyOf([b, a]).version);
    assert.notEqual(policyOf([a]).version, policyOf([a], { roles: { x: ['crm:*'] } }).version);
  });

  test('reads names for permissions wherever permissions stand (R18)', () => {
    const policy = policyOf([rule({ what: { permission: ['read:customers'] } })], { permissions: { 'read:customers': ['crm:get_*', 'crm:resource/crm://customers/*'] } });
    const may = (kind: 'tool' | 'resource' | 'prompt', name: string): string => effect(policy.decide(facts({ primitive: { kind, name } })));
    assert.deepEqual([may('tool', 'get_x'), may('resource', 'crm://customers/1'), may('tool', 'set_x'), may('prompt', 'get_x')], ['allow', 'allow', 'deny nothing', 'deny nothing']);
    assert.equal(effect(policy.decide(facts({ primitive: undefined }))), 'allow');
  });
});

suite('Who a rule is about', () => {
  const about = (who: RuleText['who'], principal: Partial<Principal>): boolean => ask([rule({ who })], caller(principal)) === 'allow';

  test('is any of the roles, groups, persons, keys, clients and certificates it names', () => {
    assert.ok(about({ role: ['a', 'b'] }, { roles: ['x', 'b'] }));
    assert.ok(about({ group: ['Sales'] }, { group: 'Sales' }));
    assert.ok(about({ person: ['alice@company.com'] }, {}));
    assert.ok(about({ key: ['key_1'] }, {}));
    assert.ok(about({ key: ['key_9'], role: ['b'] }, { roles: ['b'] }));
    assert.ok(about({ certificate: ['CN=x'] }, { method: 'mtls', subject: 'CN=x' }));
    assert.ok(about({ client: ['app'] }, { method: 'oauth', clientId: 'app' }));
  });

  test('is nobody else, however alike: exact, and of that kind', () => {
    assert.ok(!about({ role: ['admin'] }, { roles: ['Admin', 'admins', ''] }));
    assert.ok(!about({ group: ['Caf\u00e9'] }, { group: 'Cafe\u0301' }));
    assert.ok(!about({ person: ['alice'] }, {}));
    assert.ok(!about({ key: ['Connector'] }, {}), 'a key is known by its id: its name is anybody\'s to choose');
    assert.ok(!about({ certificate: ['alice@company.com'] }, {}), 'a key is no certificate');
    assert.ok(!about({ client: ['Connector'] }, {}));
    assert.ok(!about({ role: ['constructor', '__proto__'] }, {}));
  });
});

suite('A key that was made narrow (D2)', () => {
  const NARROW = { permissions: grants('crm:list_x'), roles: ['reader'], group: 'Sales', groups: ['Sales'] };
  const reached = (who: RuleText['who'], more: Partial<Principal> = {}): boolean => ask([rule({ who })], caller({ ...NARROW, ...more })) === 'allow';

  const ALLOWING: readonly (readonly [string, RuleText['who'], boolean])[] = [
    ['the key itself', { key: ['key_1'] }, true],
    ['a role that the key has', { role: ['reader'] }, true],
    ['a role that only its owner has', { role: ['admin'] }, false],
    ['its owner', { person: ['alice@company.com'] }, false],
    ['a group of its owner', { group: ['Sales'] }, false],
    ['everybody', {}, false],
    ['its owner, or a role that the key has', { person: ['alice@company.com'], role: ['reader'] }, true],
  ];
  for (const [name, who, reaches] of ALLOWING) {
    test(`is ${reaches ? '' : 'not '}widened by a rule that allows ${name}`, () => assert.equal(reached(who, { ownerRoles: ['reader', 'admin'] }), reaches));
  }

  test('keeps what it has, whatever rules are about its owner', () => {
    assert.equal(ask([rule({ who: { person: ['alice@company.com'] } })], { ...caller(NARROW), primitive: { kind: 'tool', name: 'list_x' } }), 'allow');
  });

  test('is met by every denial of its owner: by person, group, role and to everybody', () => {
    for (const who of [{ role: ['admin'] }, { person: ['alice@company.com'] }, { group: ['Sales'] }, { role: ['reader'] }, { key: ['key_1'] }, {}]) {
      assert.equal(ask([rule({ effect: 'deny', who })], caller({ ...NARROW, permissions: grants('*'), ownerRoles: ['reader', 'admin'] })), 'deny rule', JSON.stringify(who));
    }
    assert.equal(ask([rule({ effect: 'deny', who: { role: ['admin'] } })], caller({ ...NARROW, permissions: grants('*'), ownerRoles: ['reader'] })), 'allow');
  });

  test('is not taken for the whole of its person where nobody says so: a credential of another kind is narrow too', () => {
    assert.equal(ask([rule({ who: { person: ['alice@company.com'] } })], caller({ permissions: grants() })), 'deny nothing');
    assert.equal(ask([rule({ who: { person: ['alice@company.com'] } })], caller({ permissions: grants(), whole: true })), 'allow');
  });

  test('is said to be one in the trace', () => {
    const [tried] = policyOf([rule({ who: { group: ['Sales'] } })]).trace(facts(caller(NARROW)));
    assert.equal(tried?.outcome, 'other-key');
  });
});

suite('What a rule is about', () => {
  const about = (what: RuleText['what'], kind: 'tool' | 'resource' | 'prompt', name: string): boolean => ask([rule({ what })], { primitive: { kind, name } }) === 'allow';

  test('is what its globs say, and without any of a kind nothing of that kind', () => {
    assert.ok(about({ server: ['c*'], tool: ['get_*', 'x'] }, 'tool', 'get_x'));
    assert.ok(!about({ server: ['c*'], tool: ['get_*'] }, 'tool', 'set_x'));
    assert.ok(!about({ server: ['c*'], tool: ['get_*'] }, 'prompt', 'get_x'));
    assert.ok(about({ server: ['crm'] }, 'resource', 'crm://x'));
    assert.ok(!about({ tool: ['Get_x'] }, 'tool', 'get_x'));
  });

  test('is the server as a whole only for a rule about all of it', () => {
    assert.equal(ask([rule({ effect: 'deny', what: { tool: ['x'] } })], { ...caller({ permissions: grants('crm:*') }), primitive: undefined }), 'allow');
    assert.equal(ask([rule({ effect: 'deny', what: { server: ['crm'] } })], { ...caller({ permissions: grants('crm:*') }), primitive: undefined }), 'deny rule');
  });

  for (const spelling of ['doc://secret/1', 'DOC://Secret/1', 'doc://%73ecret/1', 'doc://secret%2F1', 'doc://%2573ecret/1', 'Doc://secret/%31']) {
    test(`[Q04] when it denies, is also the same address in another spelling: ${spelling}`, () => {
      const rules = [rule({ effect: 'deny', what: { resource: ['doc://secret/*'] } })];
      const all = caller({ permissions: grants('*') });
      assert.equal(ask(rules, { ...all, primitive: { kind: 'resource', name: spelling } }), 'deny rule');
      assert.equal(ask(rules, { ...all, primitive: { kind: 'resource', name: 'doc://open/1' } }), 'allow');
      // What allows is matched as it is written.
      assert.equal(about({ resource: ['doc://secret/*'] }, 'resource', spelling), spelling === 'doc://secret/1');
    });
  }
});

suite('A condition about arguments', () => {
  const sales = caller({ group: 'Sales' });
  const team = { arguments: { team: { equals: 'principal.group' } } };
  const given = (values: JsonObject): Partial<Facts> => ({ ...sales, arguments: values });

  test('holds for the caller\'s own group and no other (R62)', () => {
    assert.equal(when(team, given({ team: 'Sales' })), 'allow');
    assert.equal(when(team, given({ team: 'Finance' })), 'deny condition');
    assert.equal(when(team, { arguments: { team: 'Sales' } }), 'deny condition', 'who has no group is in none');
  });

  const tricks: readonly JsonObject[] = [{ team: ['Sales'] }, { team: { 0: 'Sales' } }, { team: null }, { team: 'sales' }, { team: 'Sales ' }, { team: 'Sa\u200bles' }, { team: '\uff33ales' }, { Team: 'Sales' }, {}, { team: true }];
  for (const values of tricks) test(`[Q04] is not tricked by ${JSON.stringify(values)}`, () => assert.equal(when(team, given(values)), 'deny condition'));

  test('[Q04] compares types too: "1" is not 1, and true is not "true"', () => {
    const one = { arguments: { n: { equals: 1 } } };
    assert.equal(when(one, { arguments: { n: 1 } }), 'allow');
    for (const n of ['1', [1], true, null, 1.5]) assert.equal(when(one, { arguments: { n } }), 'deny condition');
    assert.equal(when({ arguments: { n: { equals: true } } }, { arguments: { n: 'true' } }), 'deny condition');
  });

  test('reads own members along a path, and nothing inherited', () => {
    const nested = { arguments: { 'filter.team': { in: ['a', 'b'] } } };
    assert.equal(when(nested, { arguments: { filter: { team: 'b' } } }), 'allow');
    assert.equal(when(nested, { arguments: { 'filter.team': 'b' } }), 'deny condition');
    assert.equal(when({ arguments: { 'constructor.name': { equals: 'Object' } } }, {}), 'deny condition');
    assert.equal(when({ arguments: { toString: { absent: true } } }, {}), 'allow');
  });

  test('that says what must not be is met by absence, and denies who has nothing to compare with', () => {
    const other = { arguments: { team: { notEquals: 'principal.group' } } };
    const rules = [rule({ effect: 'deny', when: other })];
    const all = { permissions: grants('*') };
    assert.equal(ask(rules, { ...caller({ ...all, group: 'Sales' }), arguments: { team: 'Finance' } }), 'deny rule');
    assert.equal(ask(rules, { ...caller({ ...all, group: 'Sales' }), arguments: {} }), 'deny rule');
    assert.equal(ask(rules, { ...caller({ ...all, group: 'Sales' }), arguments: { team: 'Sales' } }), 'allow');
    assert.equal(ask(rules, { ...caller(all), arguments: { team: 'Sales' } }), 'deny error');
  });

  test('is open before the call, and a list shows what may come to be allowed', () => {
    assert.equal(when(team, { ...sales, arguments: undefined }), 'unknown');
    assert.equal(when({ ...team, environment: 'test' }, { ...sales, arguments: undefined }), 'deny condition', 'what is known to fail is not shown');
    assert.equal(when(team, { ...sales, arguments: undefined, primitive: undefined }), 'allow');
  });

  test('on what the trail has masked or cut cannot be told, and is not guessed', () => {
    const read = (values: JsonObject): string => when(team, { ...given(values), redacted: true });
    assert.equal(read({ team: '[redacted]' }), 'unknown');
    assert.equal(read({ team: 'Sal… (+300 characters)' }), 'unknown');
    assert.equal(read({ team: 'Sales', note: '[redacted]' }), 'allow', 'another argument does not matter');
    assert.equal(read(Object.fromEntries(Array.from({ length: 32 }, (_, at) => [`a${String(at)}`, at]))), 'unknown', 'it may have been left out');
    const expr = { expr: 'call.arguments.team == "Sales"' };
    assert.equal(when(expr, { arguments: { team: 'Sales', note: '[redacted]' }, redacted: true }), 'unknown');
  });
});

suite('Other conditions', () => {
  test('networks: the address is in one of them, in any spelling of IPv4', () => {
    const networks = { networks: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'] };
    for (const address of ['10.255.0.1', '::ffff:10.0.0.1', '2001:db8:ffff::1', '192.0.2.7']) assert.equal(when(networks, { address }), 'allow', address);
    for (const address of ['11.0.0.1', '2001:db9::1', '192.0.2.8', '::10.0.0.1', '', 'unknown', '010.0.0.1']) assert.equal(when(networks, { address }), 'deny condition', address);
  });

  test('environment and annotation: of an unknown tool the worst is believed', () => {
    assert.equal(when({ environment: 'live' }), 'allow');
    assert.equal(when({ environment: 'test' }), 'deny condition');
    assert.equal(when({ annotation: 'read-only' }, { annotation: 'read-only' }), 'allow');
    assert.equal(when({ annotation: ['read-only', 'write'] }, { annotation: 'destructive' }), 'deny condition');
    assert.equal(when({ annotation: 'read-only' }), 'deny condition');
    assert.equal(when({ annotation: 'destructive' }), 'allow');
    assert.equal(when({ annotation: 'read-only' }, { primitive: { kind: 'resource', name: 'x' } }), 'allow');
  });

  test('all of them must hold', () => {
    assert.equal(when({ environment: 'live', networks: ['10.0.0.0/8'] }), 'deny condition');
    assert.equal(when({ environment: 'live', networks: ['192.0.2.0/24'] }), 'allow');
  });

  const EXPRESSIONS: readonly (readonly [string, string])[] = [
    ['"Sales" in principal.groups', 'deny condition'],
    ['principal.subject.endsWith("@company.com") && server.name == "crm"', 'allow'],
    ['call.arguments.n > 10', 'allow'],
    ['call.arguments.s > 10', 'deny error'],
    ['call.arguments.missing == 1', 'deny error'],
    ['call.arguments.constructor == 1', 'deny error'],
    ['!has(call.arguments.missing)', 'allow'],
    ['request.address.startsWith("192.0.2.")', 'allow'],
    ['now.getHours("Europe/Berlin") == 14', 'allow'],
    ['call.name', 'deny error'],
    ['call.arguments.n == "11"', 'deny condition'],
  ];
  test('sees the client, the issuer and the claims of a token, and of a recorded one only the first two (R17)', () => {
    const token = (more: Partial<Principal>): Partial<Facts> => caller({ method: 'oauth', clientId: 'app', issuer: 'corp', ...more });
    assert.equal(when({ expr: 'principal.client == "app" && principal.issuer == "corp"' }, token({})), 'allow');
    assert.equal(when({ expr: 'principal.claims.team == "blue"' }, token({ claims: { team: 'blue' } })), 'allow');
    assert.equal(when({ expr: 'principal.claims.team == "blue"' }, token({ claims: { team: 'red' } })), 'deny condition');
    assert.equal(when({ expr: 'principal.claims.team == "blue"' }, token({ claims: {} })), 'deny error');
    assert.equal(when({ expr: 'principal.claims.team == "blue"' }, { ...token({}), redacted: true }), 'unknown');
    assert.equal(when({ expr: 'principal.client == "app"' }, { ...token({}), redacted: true }), 'allow');
    assert.equal(when({ expr: 'principal.client == "app"' }), 'deny error', 'a key has no client');
  });

  for (const [expr, expected] of EXPRESSIONS) test(`expr: ${expr} comes to ${expected}`, () => assert.equal(when({ expr }, { arguments: { n: 11, s: 'x' } }), expected));

  const REFUSED = ['"a".matches("(a+)+$")', 'principal.subject.matches("a")', '[1].exists(x, "a".matches("b"))', '1 + 1', 'nobody.subject == "a"', 'principal.subject ==', '[1].all(x, [2].exists(y, y == x))', ''];
  for (const expr of REFUSED) test(`[Q04] the expression ${JSON.stringify(expr)} is refused when it is read`, () => assert.throws(() => when({ expr })));

  test('an expression about the caller alone is asked once for each caller, and one about anything else with each call', () => {
    const policy = policyOf([rule({ when: { expr: '"Sales" in principal.groups' } })]);
    const [sales, other] = [caller({ groups: ['Sales'] }), caller({ groups: ['Finance'] })];
    for (const round of [1, 2]) assert.deepEqual([sales, other].map((one) => effect(policy.decide(facts(one)))), ['allow', 'deny condition'], String(round));
    const byCall = policyOf([rule({ when: { expr: '"Sales" in principal.groups && call.arguments.n == 1.0' } })]);
    assert.deepEqual([1, 2, 1].map((n) => effect(byCall.decide(facts({ ...sales, arguments: { n } })))), ['allow', 'deny condition', 'allow']);
    const broken = policyOf([rule({ effect: 'deny', when: { expr: 'principal.claims.team == "x"' } })]);
    for (const round of [1, 2]) assert.equal(effect(broken.decide(facts(sales))), 'deny error', String(round));
  });

  test('an expression about arguments is open before the call, and any other is judged', () => {
    assert.equal(when({ expr: 'call.arguments.n > 10' }, { arguments: undefined }), 'unknown');
    assert.equal(when({ expr: 'call["arguments"].n > 10' }, { arguments: undefined }), 'unknown');
    assert.equal(when({ expr: 'call.name == "other"' }, { arguments: undefined }), 'deny condition');
    assert.equal(when({ expr: 'call.name == "other"' }, { arguments: undefined, primitive: undefined }), 'allow');
  });
});

suite('A trace', () => {
  test('says of every rule what came of it', () => {
    const rules = [
      rule({ name: 'a', who: { role: ['x'] } }), rule({ name: 'b', what: { tool: ['y'] } }), rule({ name: 'c', when: { networks: ['10.0.0.0/8'], arguments: { team: { equals: 'Sales' } } } }),
      rule({ name: 'd', when: { expr: 'call.arguments.n == 1' } }), rule({ name: 'e', effect: 'deny' }),
    ];
    const tried = policyOf(rules).trace(facts({ arguments: { team: 'Finance' } }));
    assert.deepEqual(tried.map(({ rule: name, outcome }) => `${name} ${outcome}`), ['a other-caller', 'b other-target', 'c condition', 'd error', 'e holds']);
    assert.equal(tried[2]?.why, 'networks: 10.0.0.0/8; the call came from 192.0.2.7; arguments.team equals "Sales"; it was "Finance"');
  });
});
