import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ExampleGateway, type Entry } from '../world/example-gateway.ts';

/** The four policies of the founding document, as `examples/` ships them, before the example CRM. */

const KEYS = { a: 'a-key-0123456789abcdefghij', b: 'b-key-0123456789abcdefghij', c: 'c-key-0123456789abcdefghij', d: 'd-key-0123456789abcdefghij', e: 'e-key-0123456789abcdefghij' } as const;
const key = (userId: string, role: string): Entry => ({ name: `key of ${userId}`, userId, role, permissions: [] });
const CHANGE = { id: 'cust_789', notes: 'x' };

const withExample = (file: string, keys: Readonly<Record<string, Entry>>): (() => ExampleGateway) => {
  let gateway: ExampleGateway | undefined;
  before(async () => {
    gateway = await ExampleGateway.start(file, keys);
  });
  after(() => gateway?.[Symbol.asyncDispose]());
  return () => {
    assert.ok(gateway);
    return gateway;
  };
};

suite('[R61] A may read customers, not modify them', () => {
  const gateway = withExample('read-not-modify.yaml', { [KEYS.a]: key('alice@company.com', 'reader'), [KEYS.b]: { ...key('bob@company.com', 'reader'), permissions: ['crm:*'] } });

  test('reads', async () => {
    assert.equal((await gateway().call(KEYS.a, 'get_customer', { id: 'cust_789' })).status, 200);
    assert.equal((await gateway().send(KEYS.a, 'resources/read', { uri: 'crm://customers/cust_789' })).status, 200);
  });
  test('sees only what reads', async () => assert.deepEqual(await gateway().tools(KEYS.a), ['get_customer', 'list_customers']));
  for (const tool of ['update_customer', 'delete_customer', 'export_report']) test(`is refused ${tool}`, async () => assert.equal((await gateway().call(KEYS.a, tool, CHANGE)).status, 403));
  test('changes nothing even with a key that was given too much', async () => {
    assert.deepEqual(await gateway().tools(KEYS.b), ['financial_records', 'get_customer', 'list_customers']);
    const refused = await gateway().call(KEYS.b, 'update_customer', CHANGE);
    assert.deepEqual([refused.status, refused.json['code']], [403, 'policy.denied']);
  });
});

suite('[R62] B may modify the data of the own team', () => {
  const gateway = withExample('own-team.yaml', { [KEYS.b]: key('bob@company.com', 'member'), [KEYS.e]: key('eve@company.com', 'member'), [KEYS.d]: key('nobody@company.com', 'member') });

  test('sees the tool, because some of its calls are allowed', async () => assert.deepEqual(await gateway().tools(KEYS.b), ['get_customer', 'list_customers', 'update_customer']));
  test('changes a customer of the own team', async () => {
    const { status, text } = await gateway().call(KEYS.b, 'update_customer', { id: 'cust_001', ofTeam: 'Sales', notes: 'Renewed.' });
    assert.equal(status, 200);
    assert.match(text, /Renewed\./);
  });
  test('changes no customer of another team, by whichever name it is called', async () => {
    const claimed = await gateway().call(KEYS.b, 'update_customer', { id: 'cust_003', ofTeam: 'Engineering', notes: 'x' });
    assert.equal(claimed.status, 403);
    // The team is B's own, and the customer is not of it: this the CRM knows.
    assert.match((await gateway().call(KEYS.b, 'update_customer', { id: 'cust_003', ofTeam: 'Sales', notes: 'x' })).text, /not a customer of the team Sales/);
  });
  const tricks = [{}, { ofTeam: ['Sales'] }, { ofTeam: 'sales' }, { ofTeam: null }, { ofTeam: 'Sales\u200b' }, { ofTeam: { equals: 'Sales' } }, { ofTeam: 'Sales', team: 'Finance' }];
  for (const trick of tricks) test(`[Q04] is not tricked by ${JSON.stringify(trick)}`, async () => assert.equal((await gateway().call(KEYS.b, 'update_customer', { ...CHANGE, ...trick })).status, 403));
  test('is another team\'s business for others, and nobody\'s for who is in none', async () => {
    assert.equal((await gateway().call(KEYS.e, 'update_customer', { id: 'cust_003', ofTeam: 'Engineering', notes: 'x' })).status, 200);
    assert.equal((await gateway().call(KEYS.e, 'update_customer', { id: 'cust_001', ofTeam: 'Sales', notes: 'x' })).status, 403);
    assert.equal((await gateway().call(KEYS.d, 'update_customer', { id: 'cust_001', ofTeam: 'Sales', notes: 'x' })).status, 403);
  });
});

suite('[R63] C is an administrator in business hours only', () => {
  const gateway = withExample('admin-in-office-hours.yaml', { [KEYS.c]: key('carol@company.com', 'admin'), [KEYS.a]: key('alice@company.com', 'visitor') });
  const times: readonly (readonly [string, string, boolean])[] = [
    ['a Tuesday at noon', '2026-07-28T10:00:00Z', true],
    ['nine sharp in summer', '2026-07-28T07:00:00Z', true],
    ['a minute before', '2026-07-28T06:59:00Z', false],
    ['the same minute in winter', '2026-12-01T07:30:00Z', false],
    ['nine sharp in winter', '2026-12-01T08:00:00Z', true],
    ['the end of the day', '2026-07-28T15:00:00Z', false],
    ['a Saturday', '2026-07-25T10:00:00Z', false],
    ['the Monday after the clocks went forward', '2026-03-30T07:00:00Z', true],
    ['the Monday after they went back, too early', '2026-10-26T07:30:00Z', false],
    ['a leap day', '2028-02-29T09:00:00Z', true],
    ['a leap day that is a Saturday', '2048-02-29T09:00:00Z', false],
  ];
  for (const [name, at, open] of times) {
    test(`[Q05] ${name}, ${at}, is ${open ? 'in' : 'out'}: calls and lists alike`, async () => {
      gateway().setClock(at);
      assert.equal((await gateway().call(KEYS.c, 'get_customer', { id: 'cust_789' })).status, open ? 200 : 403);
      assert.equal((await gateway().tools(KEYS.c)).length, open ? 6 : 0);
    });
  }
  test('is nobody else', async () => {
    gateway().setClock('2026-07-28T10:00:00Z');
    assert.equal((await gateway().call(KEYS.a, 'get_customer', { id: 'cust_789' })).status, 403);
  });
});

suite('[R64] D may use everything except financial records', () => {
  const gateway = withExample('all-but-finance.yaml', { [KEYS.d]: key('dave@company.com', 'staff') });

  test('sees everything else', async () => assert.deepEqual(await gateway().tools(KEYS.d), ['delete_customer', 'export_report', 'get_customer', 'list_customers', 'update_customer']));
  test('uses it', async () => {
    assert.equal((await gateway().call(KEYS.d, 'update_customer', CHANGE)).status, 200);
    assert.equal((await gateway().call(KEYS.d, 'export_report', { kind: 'customers' })).status, 200);
  });
  test('is refused financial records, in whatever report or summary they stand', async () => {
    assert.equal((await gateway().send(KEYS.d, 'prompts/get', { name: 'summarize_customer', arguments: { id: 'cust_789' } })).json['code'], 'policy.denied');
    assert.equal((await gateway().call(KEYS.d, 'financial_records', { id: 'cust_789' })).json['code'], 'policy.denied');
    for (const kind of ['receivables', ['customers'], null, 'Customers', '']) assert.equal((await gateway().call(KEYS.d, 'export_report', { kind })).status, 403, JSON.stringify(kind));
    assert.equal((await gateway().call(KEYS.d, 'export_report')).status, 403);
  });
});
