import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { dig } from './testdata/events.ts';
import { fetchThrough } from './testdata/fetch-through.ts';
import { rig, sdkServer } from './testdata/rig.ts';

const ERAS = ['modern', 'legacy'] as const;

/** The SDK's own client, speaking the given era to the SDK's own server of the given era, through the bridge. */
const connect = async (t: TestContext, callerEra: 'modern' | 'legacy', childEra: 'modern' | 'legacy', name = 'alice') => {
  const { upstream } = rig(t, { server: 'sdk', ...sdkServer(childEra) });
  const client = new Client(
    { name, version: '1' },
    { capabilities: { sampling: {}, elicitation: { form: {} }, roots: {} }, versionNegotiation: { mode: callerEra === 'modern' ? { pin: '2026-07-28' } : 'legacy' } },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ada', color: 'blue', username: 'ada', email: 'ada@example.com' } }));
  client.setRequestHandler('sampling/createMessage', () => ({ role: 'assistant', content: { type: 'text', text: 'pong' }, model: 'test' }));
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///work' }] }));
  await client.connect(new StreamableHTTPClientTransport(new URL('http://gateway.test/mcp'), { fetch: fetchThrough(upstream, name) }));
  t.after(() => client.close());
  return client;
};

const said = (result: unknown): string => String(dig(result, 'content', 0, 'text'));

for (const callerEra of ERAS) {
  for (const childEra of ERAS) {
    suite(`The SDK's ${callerEra} client and the SDK's ${childEra} server`, { concurrency: true }, () => {
      test('agree on who and what is there', async (t) => {
        const client = await connect(t, callerEra, childEra);
        assert.equal(client.getServerVersion()?.name, 'sallyport-everything');
        assert.equal(client.getProtocolEra(), callerEra);
        const { tools } = await client.listTools();
        assert(tools.some(({ name }) => name === 'test_simple_text'));
        const { resources } = await client.listResources();
        assert(resources.length > 0);
        assert.equal(dig(await client.getPrompt({ name: 'test_simple_prompt' }), 'messages', 0, 'role'), 'user');
      });

      test('elicitation goes round', async (t) => {
        const client = await connect(t, callerEra, childEra);
        assert.match(said(await client.callTool({ name: 'test_elicitation', arguments: { message: 'Who?' } })), /action=accept.*ada@example\.com/);
      });

      test('sampling goes round', async (t) => {
        const client = await connect(t, callerEra, childEra);
        assert.match(said(await client.callTool({ name: 'test_sampling', arguments: { prompt: 'ping' } })), /pong/);
      });

      test('progress arrives', async (t) => {
        const client = await connect(t, callerEra, childEra);
        const seen: number[] = [];
        await client.callTool({ name: 'test_tool_with_progress' }, { onprogress: ({ progress }) => void seen.push(progress) });
        assert.deepEqual(seen, [0, 50, 100]);
      });

      test('a missing resource is an error of the right kind', async (t) => {
        const client = await connect(t, callerEra, childEra);
        await assert.rejects(client.readResource({ uri: 'test://no-such-thing' }), /not found/i);
      });
    });
  }
}

suite('What only a modern child asks', () => {
  test('roots go round to a legacy client', async (t) => {
    const client = await connect(t, 'legacy', 'modern');
    assert.match(said(await client.callTool({ name: 'test_input_required_result_list_roots' })), /1 root.*file:\/\/\/work/);
  });

  test('several questions at once, and several rounds with state, go round to a legacy client', async (t) => {
    const client = await connect(t, 'legacy', 'modern');
    assert.equal(said(await client.callTool({ name: 'test_input_required_result_multiple_inputs' })), 'Ada was greeted and has 1 root(s).');
    assert.equal(said(await client.callTool({ name: 'test_input_required_result_multi_round' })), 'Ada likes blue.');
  });
});
