import type { CallToolResult } from '@modelcontextprotocol/server';

/** The same content twice: structured for programs, as text for clients that show a model only text. */
export function answer(content: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(content, null, 2) }], structuredContent: content };
}

/** A tool error is read by a model, so it says what to do next. */
export function sorry(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

export function noSuchCustomer(id: string): string {
  return `There is no customer "${id}". Ids look like cust_001; the tool list_customers shows all of them.`;
}
