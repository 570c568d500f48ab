import { Writable } from 'node:stream';
import type { Reply } from '../../model/exchange.ts';

type HeaderValue = string | number | readonly string[];

/** Clients compare header names as they were always written (clients.md W7). */
const titled = (name: string): string => (name === 'dpop-nonce' ? 'DPoP-Nonce' : name === 'www-authenticate' ? 'WWW-Authenticate' : name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase()));

/** Written by whoever writes the reply, or of no use to it. */
const DROPPED: ReadonlySet<string> = new Set(['set-cookie', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date']);

/** A response in the shape of Node's, which keeps what is written to it. */
export class ProviderResponse extends Writable {
  statusCode = 200;
  statusMessage = '';
  readonly socket = null;
  readonly #headers = new Map<string, HeaderValue>();
  readonly #pieces: Buffer[] = [];

  get headersSent(): boolean {
    return false;
  }

  get finished(): boolean {
    return this.writableEnded;
  }

  setHeader(name: string, value: HeaderValue): this {
    this.#headers.set(name.toLowerCase(), value);
    return this;
  }

  getHeader(name: string): HeaderValue | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  getHeaders(): Record<string, HeaderValue> {
    return Object.fromEntries(this.#headers);
  }

  getHeaderNames(): readonly string[] {
    return [...this.#headers.keys()];
  }

  flushHeaders(): void {
    // There is nobody to flush them to: the reply is read when it is whole.
  }

  override _write(piece: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#pieces.push(typeof piece === 'string' ? Buffer.from(piece, encoding) : piece);
    done();
  }

  get cookies(): readonly string[] {
    const set = this.#headers.get('set-cookie');
    if (set === undefined) return [];
    return Array.isArray(set) ? set.map(String) : [String(set)];
  }

  /** What the provider has answered. */
  toReply(): Extract<Reply, { readonly kind: 'whole' }> {
    const headers = [...this.#headers].filter(([name]) => !DROPPED.has(name)).map(([name, value]) => [titled(name), Array.isArray(value) ? value.join(', ') : String(value)] as const);
    return { kind: 'whole', status: this.statusCode, headers: Object.fromEntries(headers), body: Buffer.concat(this.#pieces).toString('utf8'), ...(this.cookies.length === 0 ? {} : { cookies: this.cookies }) };
  }
}
