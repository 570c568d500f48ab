/** The conformance fixture as it would be before 2026: no `server/discover`, requests to the client while a call runs. */
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { createEverythingServer } from '../../../../../test/fixtures/everything/everything-server.ts';

await createEverythingServer({ era: 'legacy' }).connect(new StdioServerTransport());
