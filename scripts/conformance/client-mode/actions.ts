import type { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';

/** What a client does in a scenario; the suite hands some a context. */
type Action = (client: Client, context: unknown) => Promise<void>;

type Arguments = Readonly<Record<string, unknown>>;

const SAMPLES: Readonly<Record<string, unknown>> = { string: 'text', number: 5, integer: 5, boolean: true, object: {}, array: [], null: null };

const properties = z.object({ properties: z.record(z.string(), z.object({ type: z.string().optional() })).default({}) });

/** Arguments that a tool's schema takes. */
const argumentsFor = (schema: unknown): Arguments =>
  Object.fromEntries(Object.entries(properties.parse(schema).properties).map(([name, { type }]) => [name, SAMPLES[type ?? 'string']]));

const callAll: Action = async (client) => {
  const { tools } = await client.listTools();
  for (const { name, inputSchema } of tools) await client.callTool({ name, arguments: argumentsFor(inputSchema) });
};

const list: Action = async (client) => void (await client.listTools());

const useEverything: Action = async (client) => {
  await callAll(client, {});
  const [{ resources: [resource] }, { prompts: [prompt] }] = [await client.listResources(), await client.listPrompts()];
  if (resource !== undefined) await client.readResource({ uri: resource.uri });
  if (prompt !== undefined) await client.getPrompt({ name: prompt.name });
};

const wanted = z.object({ toolCalls: z.array(z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) })) });

const callAsTold: Action = async (client, context) => {
  await client.listTools();
  for (const { name, arguments: given } of wanted.parse(context).toolCalls) await client.callTool({ name, arguments: given });
};

const echoSchema: Action = async (client) => {
  const { tools } = await client.listTools();
  const schema = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema;
  await client.callTool({ name: 'json_schema_echo', arguments: { schema } });
};

/** What the client of SDK v2 is asked to do, by the name of the scenario. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  initialize: list,
  tools_call: callAll,
  'elicitation-sep1034-client-defaults': callAll,
  'sse-retry': callAll,
  'request-metadata': list,
  'sep-2322-client-request-state': callAll,
  'http-standard-headers': useEverything,
  'http-custom-headers': callAsTold,
  'http-invalid-tool-headers': callAll,
  'json-schema-ref-no-deref': list,
  'json-schema-2020-12-preservation': echoSchema,
};
