import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startGateway } from '../../../test/world/gateway-process.ts';
import { ACTIONS } from './actions.ts';

/**
 * The client of SDK v2 as a command, which the conformance suite is told to judge: it does what a scenario asks of a client. With `--gateway` before the URL it
 * starts a gateway in front of the scenario's server, and speaks to that.
 */
const [first, ...others] = process.argv.slice(2);
const throughGateway = first === '--gateway';
const url = throughGateway ? others[0] : first;
const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_PROTOCOL_VERSION: revision = '', MCP_CONFORMANCE_CONTEXT: context = '{}' } = process.env;
const act = ACTIONS[scenario];
if (url === undefined || act === undefined) throw new TypeError(`nobody told this client what to do: ${scenario} at ${String(url)}`);

await using owned = new AsyncDisposableStack();
const gateway = throughGateway ? owned.use(await startGateway({ upstream: url })) : undefined;
const client = new Client(
  { name: 'sdk-v2', version: '1.0.0' },
  {
    versionNegotiation: { mode: revision === '2026-07-28' ? 'auto' : 'legacy' },
    capabilities: { elicitation: { form: { applyDefaults: true } }, roots: {}, sampling: {} },
  },
);
client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
const transport = new StreamableHTTPClientTransport(new URL(gateway?.url ?? url), gateway === undefined ? {} : { requestInit: { headers: { 'x-api-key': gateway.key } } });
await client.connect(transport);
await act(client, JSON.parse(context));
await client.close();
