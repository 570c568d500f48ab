import { GatewayError } from '../../../errors/gateway-error.ts';
import type { Reply } from '../../../model/exchange.ts';
import type { Secret } from '../../../model/secret.ts';
import type { Outbound, Upstream, UpstreamFacts, UpstreamHealth } from '../../../ports/upstream.ts';
import type { World } from '../../../ports/world.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Deadlines } from './deadlines.ts';
import { judgeAnswer } from './judge-answer.ts';
import { probeHttp } from './probe-http.ts';
import { ResponseHandler } from './response-handler.ts';
import type { AnswerHead } from './response-parser.ts';
import { requestPrefix, writeRequest } from './wire-request.ts';

export interface HttpUpstreamOptions {
  readonly url: URL;
  /** The gateway's own credential at the upstream, for the probe; inject adds the same to calls. */
  readonly headers: Readonly<Record<string, Secret | string>>;
  /** A whole (not streamed) answer larger than this is refused (D07). */
  readonly maxAnswerBytes: number;
  readonly connectTimeoutMs: number;
}

const CONNECT_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

/** What Node says of a certificate that it does not trust. */
const UNTRUSTED_CODES = new Set([
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CERT_UNTRUSTED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The code of an error or of what caused it: libraries wrap the socket's own word several times. */
const codeOf = (error: unknown): string => {
  let first = 'unknown';
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (!('code' in at)) continue;
    if (CONNECT_CODES.has(String(at.code)) || UNTRUSTED_CODES.has(String(at.code))) return String(at.code);
    if (first === 'unknown') first = String(at.code);
  }
  return first;
};

/** What the first cause says: the reason is private, so it may. */
const innermost = (error: unknown): string => {
  let message = 'unknown';
  for (let at: unknown = error; at instanceof Error; at = at.cause) ({ message } = at);
  return message;
};

const tooLong = (maxBytes: number): GatewayError => new GatewayError('upstream.answer-refused', { reason: `the answer is larger than ${String(maxBytes)} bytes` });

class HttpUpstream implements Upstream {
  readonly #options: HttpUpstreamOptions;
  readonly #deadlines: Deadlines;
  readonly #pool: ConnectionPool;
  readonly #prefixes: Readonly<Record<Outbound['httpMethod'], string>>;
  #down: string | undefined;

  constructor(options: HttpUpstreamOptions, world: Pick<World, 'clock'>) {
    this.#options = options;
    this.#deadlines = new Deadlines(world.clock);
    this.#pool = new ConnectionPool(options.url, options.connectTimeoutMs, world.clock);
    this.#prefixes = { POST: requestPrefix('POST', options.url), GET: requestPrefix('GET', options.url), DELETE: requestPrefix('DELETE', options.url) };
  }

  async probe(signal: AbortSignal): Promise<UpstreamFacts> {
    try {
      const facts = await probeHttp(this.#options, signal);
      this.#down = undefined;
      return facts;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async send(outbound: Outbound): Promise<Reply> {
    const handler = new ResponseHandler();
    outbound.hangup.listen(() => handler.abort(new GatewayError('client.gone', { reason: 'the caller left while the upstream worked' })));
    const deadline = this.#deadlines.set(outbound.timeoutMs, () => handler.abort(new GatewayError('upstream.timeout', { reason: `no answer within ${String(outbound.timeoutMs)} ms` })));
    try {
      this.#pool.exchange(writeRequest(this.#prefixes[outbound.httpMethod], outbound.headers, outbound.body), handler);
      const head = await handler.head;
      this.#down = undefined;
      const reply = this.#judge(head, handler);
      return reply instanceof Promise ? await reply : reply;
    } catch (error) {
      throw this.#failed(error);
    } finally {
      this.#deadlines.clear(deadline);
    }
  }

  health(): UpstreamHealth {
    return this.#down === undefined ? { kind: 'ready' } : { kind: 'down', reason: this.#down };
  }

  close(): Promise<void> {
    this.#deadlines.close();
    this.#pool.close();
    return Promise.resolve();
  }

  /** Most answers have come whole with their head: then nothing is waited for. */
  #judge(head: AnswerHead, handler: ResponseHandler): Reply | Promise<Reply> {
    try {
      const { status, headers, body } = judgeAnswer(head);
      if (body === 'events') return { kind: 'stream', status, headers, stream: handler };
      // A body of another kind is read only to free the connection.
      const toReply = (bytes: Buffer): Reply => ({ kind: 'whole', status, headers, body: body === 'json' ? bytes : '' });
      const whole = handler.whole(this.#options.maxAnswerBytes, () => tooLong(this.#options.maxAnswerBytes));
      return whole instanceof Promise ? whole.then(toReply) : toReply(whole);
    } catch (error) {
      handler.abort(new Error('the answer was refused'));
      throw error;
    }
  }

  #untrusted(code: string, cause: unknown): GatewayError {
    this.#down = `its certificate is not trusted (${code})`;
    return new GatewayError('upstream.untrusted', { reason: `the certificate of ${this.#options.url.origin} is not trusted (${code})`, cause });
  }

  #failed(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error;
    const code = codeOf(error);
    if (UNTRUSTED_CODES.has(code)) return this.#untrusted(code, error);
    if (!CONNECT_CODES.has(code)) return new GatewayError('upstream.unreachable', { reason: `the exchange with the upstream failed (${code}: ${innermost(error)})`, cause: error });
    // Health is told to everybody who asks /readyz: it names no host.
    this.#down = `it does not answer (${code})`;
    return new GatewayError('upstream.unreachable', { reason: `${this.#options.url.origin} does not answer (${code})`, cause: error });
  }
}

/** An MCP server reached over Streamable HTTP; it speaks its own era, the original bytes go on. */
export const buildHttpUpstream = (options: HttpUpstreamOptions, world: Pick<World, 'clock'>): Upstream => new HttpUpstream(options, world);
