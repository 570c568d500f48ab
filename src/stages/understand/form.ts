import type { ErrorCode } from '../../errors/catalogue.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { RequestHeaders } from '../../model/exchange.ts';

const FORM = /^application\/x-www-form-urlencoded(?:\s*;\s*charset\s*=\s*"?utf-8"?)?$/i;
const MOST_BYTES = 64 * 1024;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const textOf = (body: Buffer, malformed: ErrorCode): string => {
  try {
    return strict.decode(body);
  } catch {
    throw new GatewayError(malformed, { reason: 'the body is not UTF-8' });
  }
};

/**
 * Reads a form in which every name stands once (RFC 6749 §3.1).
 * @param malformed what a form is refused with that cannot be read
 * @throws GatewayError `http.media-type`, `http.encoding`, `http.too-large`, and `malformed`
 */
export const readForm = (headers: RequestHeaders, body: Buffer, malformed: ErrorCode = 'notice.invalid'): ReadonlyMap<string, string> => {
  if (!FORM.test(headers['content-type'] ?? '')) throw new GatewayError('http.media-type', { reason: 'the body is no form', detail: 'Send application/x-www-form-urlencoded.' });
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw new GatewayError('http.encoding', { reason: 'a form with a content coding' });
  if (body.length > MOST_BYTES) throw new GatewayError('http.too-large', { reason: 'a form larger than 64 KiB' });
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(textOf(body, malformed))) {
    if (form.has(name)) throw new GatewayError(malformed, { reason: `the form has ${name.slice(0, 40)} twice` });
    form.set(name, value);
  }
  return form;
};
