import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../config-error.ts';
import { parseConfig, parsePolicy } from '../parse-config.ts';

const head = 'servers: { crm: { url: "http://127.0.0.1:1/" }, wiki: { url: "http://127.0.0.1:1/" } }\n';

/** What is wrong, as `line path message`. */
const faultsOf = (text: string): readonly string[] => {
  try {
    parseConfig(`${head}${text}`, 'x');
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults.map(({ line, path, message }) => `${String(line)} ${path} ${message}`);
  }
};

suite('Names in a policy that are of nothing', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['a role in a rule', 'roles: { reader: [] }\nrules: [ { name: x, effect: deny, who: { role: [reader, raeder] } } ]', /^3 rules\.0\.who\.role\.1 names the role "raeder".*did you mean reader\?/],
    ['a server in a rule', 'rules: [ { name: x, effect: deny, what: { server: wikki } } ]', /^2 rules\.0\.what\.server\.0 .*did you mean wiki\?/],
    ['a glob that meets no server', 'rules: [ { name: x, effect: deny, what: { server: "s*" } } ]', /there are crm, wiki/],
    ['a permission of a rule', 'permissions: { read:pages: ["wiki:*"] }\nrules: [ { name: x, effect: deny, what: { permission: read:page } } ]', /^3 rules\.0\.what\.permission\.0 .*did you mean read:pages\?/],
    ['what a named permission covers', 'permissions: { read:pages: ["wikki:*"] }', /^2 permissions\.read:pages\.0 .*did you mean wiki\?/],
    ['a name within a name', 'permissions: { read:pages: ["wiki:*"], read:all: ["read:pages"] }', /is a name itself/],
    ['a name that could be a tool', 'permissions: { crm:read: ["crm:get_*"] }', /could also mean the tool "read" of the server "crm"/],
    ['a named permission in a role', 'permissions: { read:pages: ["wiki:*"] }\nroles: { a: ["read:pagse"] }', /^3 roles\.a\.0 .*did you mean read:pages\?/],
    ['an owner of nothing', 'roles: { reader: [] }\nowners: { readr: bob }', /^3 owners\.readr .*did you mean reader\?/],
    ['two rules of one name', 'rules: [ { name: x, effect: deny }, { name: x, effect: allow } ]', /rules\.1\.name "x" is the name of another rule already/],
    ['a person who is nearly there', 'people: { bob@company.com: {} }\nrules: [ { name: x, effect: deny, who: { person: bob@compny.com } } ]', /did you mean bob@company\.com\?/],
    ['a group that is nearly there', 'people: { bob@company.com: { groups: [Sales] } }\nrules: [ { name: x, effect: deny, who: { group: Salse } } ]', /did you mean Sales\?/],
  ];
  for (const [name, text, expected] of cases) {
    test(`${name} stops the start, with line and suggestion`, () => {
      const faults = faultsOf(text);
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0] ?? '', expected);
    });
  }

  test('what is there, and what cannot be known, stops nothing', () => {
    const text = 'permissions: { read:pages: ["wiki:*"] }\nroles: { reader: ["read:pages", "*:x"] }\nowners: { read:pages: bob, reader: bob }\npeople: { bob: { groups: [Sales] } }\nrules: [ { name: x, effect: allow, who: { person: connector-user, group: Research, role: reader, key: key_1 }, what: { server: ["w*", crm], permission: [read:pages, "crm:get_*"] } } ]';
    assert.deepEqual(faultsOf(text), []);
  });

  test('a policy in a file of its own is judged by the servers it is for', () => {
    const text = 'rules: [ { name: x, effect: deny, what: { server: crm } } ]';
    assert.equal(parsePolicy(text, 'draft', { servers: ['crm'] }).rules.length, 1);
    assert.equal(parsePolicy(text, 'draft', {}).rules.length, 1, 'where the servers are not known, none is missing');
    assert.throws(() => parsePolicy(text, 'draft', { servers: ['wiki'] }), ConfigError);
    assert.throws(() => parsePolicy('servers: {}', 'draft', {}), /is not a setting/);
  });
});
