import type { WireRequest } from './connection.ts';

/** A header value that could end its line is never written (request smuggling). */
const UNSAFE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Writes an HTTP/1.1 request (RFC 9112 §3).
 * @param prefix request target and Host, fixed for an upstream: see `requestPrefix`
 * @throws TypeError for a header value that no header may have
 */
export const writeRequest = (prefix: string, headers: Readonly<Record<string, string>>, body: Buffer | undefined): WireRequest => {
  let head = prefix;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (UNSAFE.test(value)) throw new TypeError(`the header ${name} has characters that no header value may have`);
    head += `${name}: ${value}\r\n`;
  }
  if (body === undefined) return { bytes: Buffer.from(`${head}\r\n`, 'latin1') };
  head += `content-length: ${String(body.length)}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 'latin1');
  body.copy(bytes, head.length);
  return { bytes };
};

/** The first lines of every request to an upstream. */
export const requestPrefix = (method: string, url: URL): string => `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`;
