import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { mirroredParams, valueAt, written, type MirroredParam } from '../stages/forward/stdio/serve/modern/mirrored-params.ts';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
/** Visible ASCII with blanks between: what a header may hold as it is. */
const PLAIN = /^[!-~](?:[\t -~]*[!-~])?$/;

/** Which member of the params a method's `Mcp-Name` repeats (TR-5). */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/** A header value as Streamable HTTP writes it: what is not plain goes as base64 of UTF-8 ("Value Encoding"). */
const encoded = (value: string): string => (PLAIN.test(value) && !value.startsWith('=?base64?') ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`);

/** The revision that a message of the modern era names; undefined for one of the older era. */
export const modernVersion = (params: JsonObject): string | undefined => {
  const meta = params['_meta'];
  const version = isJsonObject(meta) ? meta[VERSION] : undefined;
  return typeof version === 'string' ? version : undefined;
};

/** Writes the headers that repeat a modern message (TR-3, TR-5, TR-6, CL-14), for which it has to have seen the tools. */
export class Mirrors {
  readonly #params = new Map<string, readonly MirroredParam[]>();

  /** Remembers which arguments a tool wants repeated, from a list of tools that passes by. */
  learn(message: JsonObject): void {
    const { result } = message;
    if (!isJsonObject(result) || !Array.isArray(result['tools'])) return;
    for (const tool of result['tools'] as readonly JsonValue[]) {
      if (isJsonObject(tool) && typeof tool['name'] === 'string') this.#params.set(tool['name'], mirroredParams(tool['inputSchema']));
    }
  }

  /** @returns nothing for a message of the older era */
  headers({ method, params }: { readonly method: string; readonly params: JsonObject }): Readonly<Record<string, string>> {
    const version = modernVersion(params);
    if (version === undefined) return {};
    const name = params[NAMED.get(method) ?? ''];
    return { 'MCP-Protocol-Version': version, 'Mcp-Method': method, ...(typeof name === 'string' ? { 'Mcp-Name': encoded(name) } : {}), ...(method === 'tools/call' ? this.#mirrored(params) : {}) };
  }

  #mirrored({ name, arguments: args }: JsonObject): Readonly<Record<string, string>> {
    const wanted = typeof name === 'string' ? (this.#params.get(name) ?? []) : [];
    return Object.fromEntries(
      wanted.flatMap(({ header, path }) => {
        const value = valueAt(args, path);
        return value === undefined || value === null ? [] : [[header, encoded(written(value))]];
      }),
    );
  }
}
