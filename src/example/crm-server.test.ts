import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const serverFile = join(import.meta.dirname, 'crm-server.ts');

async function connect(mode: 'auto' | 'legacy'): Promise<Client & AsyncDisposable> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [serverFile] }));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const harbourStreet = { id: 'cust_789' };

for (const mode of ['auto', 'legacy'] as const) {
  suite(`The example server, to a client in mode ${mode}`, () => {
    test('says of each tool whether it only reads, and of deleting that it destroys', async () => {
      await using client = await connect(mode);
      const { tools } = await client.listTools();
      const hints = tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint, annotations?.destructiveHint ?? false]);
      assert.deepEqual(hints, [
        ['get_customer', true, false],
        ['list_customers', true, false],
        ['financial_records', true, false],
        ['update_customer', false, false],
        ['delete_customer', false, true],
        ['export_report', false, false],
      ]);
    });

    test('deletes a customer, who is gone afterwards', async () => {
      await using client = await connect(mode);
      const deleted = await client.callTool({ name: 'delete_customer', arguments: harbourStreet });
      assert.deepEqual(deleted.structuredContent, { deleted: { id: 'cust_789', name: 'Harbour Street Books' } });
      const gone = await client.callTool({ name: 'get_customer', arguments: harbourStreet });
      assert.equal(gone.isError, true);
    });

    test('starts with the same customers every time', async () => {
      await using client = await connect(mode);
      const { structuredContent } = await client.callTool({ name: 'get_customer', arguments: harbourStreet });
      assert.partialDeepStrictEqual(structuredContent, { name: 'Harbour Street Books', team: 'Finance', plan: 'starter' });
    });

    test('changes what it is told to change and nothing else', async () => {
      await using client = await connect(mode);
      const { structuredContent: before } = await client.callTool({ name: 'get_customer', arguments: harbourStreet });
      const change = { ...harbourStreet, plan: 'business' };
      const { structuredContent: later } = await client.callTool({ name: 'update_customer', arguments: change });
      assert.deepEqual(later, Object.assign({}, before, { plan: 'business' }));
    });

    test('refuses an unknown customer in words that say what to do', async () => {
      await using client = await connect(mode);
      const result = await client.callTool({ name: 'financial_records', arguments: { id: 'cust_999' } });
      assert.equal(result.isError, true);
      assert.match(JSON.stringify(result.content), /cust_999.*list_customers/);
      await assert.rejects(client.readResource({ uri: 'crm://customers/cust_999' }), /cust_999/);
    });

    test('offers customers as resources and a prompt about them', async () => {
      await using client = await connect(mode);
      const { contents } = await client.readResource({ uri: 'crm://customers/cust_003' });
      assert.match(JSON.stringify(contents), /Kestrel Robotics/);
      const { messages } = await client.getPrompt({ name: 'summarize_customer', arguments: { id: 'cust_003' } });
      assert.match(JSON.stringify(messages), /Kestrel Robotics/);
    });
  });
}
