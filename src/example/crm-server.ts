import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { registerChangeTools } from './change-tools.ts';
import { CustomerBook } from './customers.ts';
import { registerPrompts } from './prompts.ts';
import { registerReadTools } from './read-tools.ts';
import { registerResources } from './resources.ts';

/**
 * A small CRM to try the gateway with: it has harmless tools, dangerous ones, and data that not everybody should see.
 * It keeps its data in memory, talks to nobody but its client, and starts the same every time.
 */
const book = new CustomerBook();

function createCrmServer(): McpServer {
  const server = new McpServer(
    { name: 'crm', title: 'example server', version: '1.0.0' },
    { instructions: 'An example CRM. Start with list_customers; the other tools take the id of a customer.' },
  );
  registerReadTools(server, book);
  registerChangeTools(server, book);
  registerResources(server, book);
  registerPrompts(server, book);
  return server;
}

serveStdio(createCrmServer, { onerror: (error) => void process.stderr.write(`${error.message}\n`) });
