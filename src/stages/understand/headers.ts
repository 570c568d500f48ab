import { isUtf8 } from 'node:buffer';
import type { GatewayError } from '../../errors/gateway-error.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import type { JsonValue } from '../../model/json.ts';
import { refusal } from './refusal.ts';

const PREFIX = '=?base64?';
const SUFFIX = '?=';
/** Visible ASCII, space and tab (RFC 9110 §5.5; "Value Encoding" of Streamable HTTP). */
const PLAIN = /^[\t -~]*$/;
const PARAMETER_PREFIX = 'mcp-param-';

const mismatch = (what: string): GatewayError => refusal('rpc.header-mismatch', what);

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

/** Without the optional white space around a field value (RFC 9110 §5.5), which is spaces and tabs and nothing else. */
const trimmed = (value: string): string => {
  let from = 0;
  let to = value.length;
  while (from < to && isBlank(value[from])) from += 1;
  while (to > from && isBlank(value[to - 1])) to -= 1;
  return value.slice(from, to);
};

/** A header's value, or undefined when the header is absent. */
export const headerOf = (headers: RequestHeaders, name: string): string | undefined => {
  const value = headers[name];
  return value === undefined ? undefined : trimmed(value);
};

/**
 * Decodes `=?base64?…?=` once; any other plain value stands for itself, markers in the wrong case included.
 * @throws GatewayError `rpc.header-mismatch` when the value has other characters than ASCII, its base64 is not exactly what
 *   an encoder writes (RFC 4648 §3.5, §4), or what it encodes is not UTF-8
 */
const decoded = (value: string, header: string): string => {
  if (!PLAIN.test(value)) throw mismatch(`${header} has characters that no header value may have`);
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX)) return value;
  const payload = value.slice(PREFIX.length, -SUFFIX.length);
  const bytes = Buffer.from(payload, 'base64');
  // Encoding it again finds every lenience of the decoder, and also a suffix that overlaps the prefix.
  if (`${PREFIX}${bytes.toString('base64')}${SUFFIX}` !== value || !isUtf8(bytes)) throw mismatch(`${header} is not well-formed base64 of UTF-8`);
  return bytes.toString('utf8');
};

/**
 * The modern era's `MCP-Protocol-Version` and `Mcp-Method` on a request (TR-3, TR-5): required, and equal to the body.
 * Policy never reads them; they are compared because a proxy on the way may have believed them (attacks.md H01, H03).
 * @throws GatewayError `rpc.header-mismatch`
 */
export const requireMirrors = (headers: RequestHeaders, version: string, method: string): void => {
  if (headerOf(headers, 'mcp-protocol-version') !== version) throw mismatch('MCP-Protocol-Version is missing or differs from the body');
  if (headerOf(headers, 'mcp-method') !== method) throw mismatch('Mcp-Method is missing or differs from the method of the body');
};

/**
 * The modern era's `Mcp-Name` (TR-5): required and equal where the method names something, absent where it names nothing,
 * since a value without counterpart in the body could only mislead somebody who trusts it (attacks.md H01, H02).
 * @param name the member of the body it mirrors; undefined when the method has none
 * @throws GatewayError `rpc.header-mismatch`
 */
export const requireNameMirror = (headers: RequestHeaders, name: JsonValue | undefined): void => {
  const value = headerOf(headers, 'mcp-name');
  if (name === undefined && value !== undefined) throw mismatch('Mcp-Name is given for a method that names nothing');
  if (name !== undefined && value === undefined) throw mismatch('Mcp-Name is missing');
  if (value !== undefined && decoded(value, 'Mcp-Name') !== name) throw mismatch('Mcp-Name differs from the body');
};

/**
 * `Mcp-Param-*` are passed on unread (TR-6), but not when no server could read them.
 * @throws GatewayError `rpc.header-mismatch`
 */
export const requireReadableParameters = (headers: RequestHeaders): void => {
  for (const name in headers) {
    if (name.startsWith(PARAMETER_PREFIX)) decoded(headerOf(headers, name) ?? '', 'an Mcp-Param header');
  }
};
