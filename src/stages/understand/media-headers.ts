import type { RequestHeaders } from '../../model/exchange.ts';
import { refusal } from './refusal.ts';

/** One spelling of each, apart from letter case and spaces around `;`: frameworks disagree about everything else (N10). */
const JSON_TYPE = /^application\/json(?: *; *charset=(?:utf-8|"utf-8"))?$/i;
const NO_WEIGHT = /^q=0(?:\.0{0,3})?$/i;

/** The last Accept that was found good: clients send the same one each time, and reading it costs as much as reading a small body. */
let lastAccepted = 'application/json, text/event-stream';

/** The members of an Accept header (RFC 9110 §12.5.1): media range in lower case to whether it is wanted at all. */
const rangesOf = (accept: string): ReadonlyMap<string, boolean> =>
  new Map(
    accept.split(',').map((member) => {
      const [range = '', ...parameters] = member.split(';').map((part) => part.trim());
      return [range.toLowerCase(), !parameters.some((parameter) => NO_WEIGHT.test(parameter))] as const;
    }),
  );

/** The most specific range decides (RFC 9110 §12.5.1). */
const accepts = (ranges: ReadonlyMap<string, boolean>, type: string): boolean =>
  ranges.get(type) ?? ranges.get(`${type.slice(0, type.indexOf('/'))}/*`) ?? ranges.get('*/*') ?? false;

/**
 * What the headers of a POST must say before its body is read: plain JSON in UTF-8, uncompressed, and an answer accepted in
 * both forms MCP may give it (Streamable HTTP, "Sending Messages"). A missing Accept accepts everything (RFC 9110 §12.5.1).
 * @throws GatewayError `http.media-type` (415), `http.encoding` (415), `http.not-acceptable` (406)
 */
export const requireJson = (headers: RequestHeaders): void => {
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw refusal('http.media-type', 'Content-Type is not application/json in UTF-8');
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw refusal('http.encoding', 'the body is compressed');
  const { accept } = headers;
  if (accept === undefined || accept === lastAccepted) return;
  const ranges = rangesOf(accept);
  if (accepts(ranges, 'application/json') && accepts(ranges, 'text/event-stream')) {
    lastAccepted = accept;
    return;
  }
  throw refusal('http.not-acceptable', 'Accept does not cover both application/json and text/event-stream');
};

/**
 * A GET opens a stream, and a browser's wildcard must not: the type has to be named, as the SDK's servers ask, too.
 * @throws GatewayError `http.not-acceptable` (406)
 */
export const requireEventStream = (headers: RequestHeaders): void => {
  if (rangesOf(headers['accept'] ?? '').get('text/event-stream') === true) return;
  throw refusal('http.not-acceptable', 'Accept does not name text/event-stream');
};
