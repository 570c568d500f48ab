import { GatewayError } from '../../../../errors/gateway-error.ts';
import type { JsonObject, JsonValue } from '../../../../model/json.ts';
import type { OpenChild } from './child-run.ts';
import { GATEWAY_META } from './open-child.ts';

/** A server that never comes to the end of its list is not asked for ever. */
const MOST_PAGES = 100;

const page = async ({ connection, facts }: OpenChild, cursor: string | undefined, timeoutMs: number): Promise<JsonObject> => {
  const params = { ...(facts.era === 'modern' ? { _meta: GATEWAY_META } : {}), ...(cursor === undefined ? {} : { cursor }) };
  // Without an origin: it is about no caller, and must not make it uncertain whose question the server asks meanwhile.
  const outcome = await connection.call({ method: 'tools/list', params, origin: undefined, timeoutMs }).outcome;
  if (outcome.kind === 'result') return outcome.result;
  throw new GatewayError('upstream.answer-refused', { reason: `the server answered tools/list with an error: ${outcome.error.message} (${outcome.error.code})` });
};

/** All tools of the server as it describes them, page by page; none when it has none. @throws GatewayError `upstream.*` */
export const listTools = async (child: OpenChild, timeoutMs: number): Promise<readonly JsonValue[]> => {
  if (child.facts.capabilities['tools'] === undefined) return [];
  const tools: JsonValue[] = [];
  let cursor: string | undefined;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const result = await page(child, cursor, timeoutMs);
    if (Array.isArray(result['tools'])) tools.push(...result['tools']);
    if (typeof result['nextCursor'] !== 'string') break;
    cursor = result['nextCursor'];
  }
  return tools;
};
