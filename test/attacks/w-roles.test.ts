import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { operations } from '../../src/admin/operations/list.ts';
import { ExampleGateway, type Entry } from '../world/example-gateway.ts';

/** Group W, roles: every role against everything there is, generated from what the roles say and run to the end. */

/** What each role may do, as a person would say it: prefixes of what is called, and never what is beyond. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  none: [],
  viewer: ['tool get_', 'tool list_', 'resource crm://'],
  editor: ['tool get_', 'tool list_', 'tool update_'],
  analyst: ['tool financial_', 'tool export_', 'prompt '],
  admin: ['tool ', 'resource ', 'prompt '],
};

/** The same as configuration; `admin` but for what a rule keeps from everybody. */
const CONFIG = `
servers: { crm: { command: [node, src/example/crm-server.ts] } }
permissions: { read:customers: ["crm:get_*", "crm:list_*"] }
roles:
  none: []
  viewer: ["read:customers", "crm:resource/crm://*"]
  editor: ["read:customers", "crm:update_*"]
  analyst: ["crm:financial_*", "crm:export_*", "crm:prompt/*"]
  admin: ["crm:*"]
rules:
  - { name: nobody deletes, effect: deny, what: { tool: "delete_*" } }
`;
const FORBIDDEN = ['tool delete_'];

const keyOf = (role: string): string => `${role}-key-0123456789abcdefghijk`;
const keys = Object.fromEntries(Object.keys(ROLES).map((role): [string, Entry] => [keyOf(role), { name: role, userId: `${role}@company.com`, role, permissions: [] }]));

const TARGETS = ['tool get_customer', 'tool list_customers', 'tool financial_records', 'tool update_customer', 'tool delete_customer', 'tool export_report', 'tool no_such_tool', 'resource crm://teams', 'resource crm://customers/cust_789', 'resource file:///etc/passwd', 'prompt summarize_customer', 'prompt no_such_prompt'] as const;

const METHODS = { tool: 'tools/call', resource: 'resources/read', prompt: 'prompts/get' } as const;
const LISTS = { tool: 'tools/list', resource: 'resources/list', prompt: 'prompts/list' } as const;
type Kind = keyof typeof METHODS;

const split = (target: string): { kind: Kind; name: string } => {
  const [kind = '', name = ''] = target.split(' ');
  return { kind: kind === 'tool' || kind === 'resource' ? kind : 'prompt', name };
};

const may = (role: string, target: string): boolean => (ROLES[role] ?? []).some((start) => target.startsWith(start)) && !FORBIDDEN.some((start) => target.startsWith(start));

const gateway = await ExampleGateway.start(CONFIG, keys);
after(() => gateway[Symbol.asyncDispose]());

for (const role of Object.keys(ROLES)) {
  suite(`[W03] The role ${role}`, () => {
    for (const target of TARGETS) {
      const { kind, name } = split(target);
      test(`[W03] ${may(role, target) ? 'may' : 'may not'} use the ${target}`, async () => {
        const { status } = await gateway.send(keyOf(role), METHODS[kind], kind === 'resource' ? { uri: name } : { name, arguments: { id: 'cust_789', kind: 'customers' } });
        assert.equal(status === 403, !may(role, target), String(status));
      });
    }

    for (const kind of ['tool', 'resource', 'prompt'] as const) {
      test(`[W03] is shown those ${kind}s that it may use, and no other`, async () => {
        const { status, text } = await gateway.send(keyOf(role), LISTS[kind], {});
        assert.equal(status === 403, (ROLES[role] ?? []).length === 0);
        for (const target of TARGETS.filter((one) => one.startsWith(`${kind} `) && !/no_such|passwd/.test(one))) assert.equal(text.includes(`"${split(target).name}"`), may(role, target), target);
      });
    }
  });
}

suite('[W03] A role', () => {
  test('[W03] is not raised by anything the caller writes into the request', async () => {
    const raised = { name: 'update_customer', arguments: { id: 'cust_001', notes: 'x', role: 'admin', roles: ['admin'], principal: { roles: ['admin'] } }, role: 'admin' };
    assert.equal((await gateway.send(keyOf('viewer'), 'tools/call', raised)).status, 403);
  });

  test('[W03] is changed by no operation: rules and roles are the file, which the gateway only reads', () => {
    assert.deepEqual(operations.map(({ name }) => name).filter((name) => /rule|role|polic|permission/.test(name)), []);
    assert.ok(operations.length > 3);
  });
});
