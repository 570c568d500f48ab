import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GatewayError } from '../../errors/gateway-error.ts';

const CLOSE = { Connection: 'close' } as const;

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError('http.too-large', { reason: `the body is larger than ${String(maxBytes)} bytes`, headers: CLOSE, detail: `At most ${String(maxBytes)} bytes are accepted.` });

/** The exchange that the bytes of a connection belong to now. */
interface UnderWay {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Tells who reads the body that the rest of it will not come. */
  fail: ((error: GatewayError) => void) | undefined;
  /** Why it will not, for who reads it later. */
  broken: GatewayError | undefined;
}

const UNDER_WAY = Symbol('the exchange under way');

/** The exchange is kept at its connection: a WeakMap that gains and loses an entry with each request is the collector's to go through. */
interface Carrier extends Socket {
  [UNDER_WAY]?: UnderWay | undefined;
}

const underWayOn = (carrier: Carrier): UnderWay | undefined => carrier[UNDER_WAY];

const carry = (carrier: Carrier, exchange: UnderWay | undefined): void => {
  carrier[UNDER_WAY] = exchange;
};

/** Notes whose bytes come next on the connection, before anybody reads them. */
export const beginExchange = (request: IncomingMessage, response: ServerResponse): void => carry(request.socket, { request, response, fail: undefined, broken: undefined });

/** Forgets an exchange that is over with all its bytes, so that an idle connection holds none. */
export const endExchange = ({ socket, complete }: IncomingMessage, response: ServerResponse): void => {
  if (complete && underWayOn(socket)?.response === response) carry(socket, undefined);
};

/** Whether a request has begun on the connection and is not yet over with its reply. */
export const isUnderWay = (socket: Socket): boolean => underWayOn(socket) !== undefined;

const closeAfter = (response: ServerResponse, socket: Socket): void => {
  response.shouldKeepAlive = false;
  if (response.writableFinished) socket.destroySoon();
  else response.once('finish', () => socket.destroySoon());
};

/**
 * Ends a connection on which the parser cannot read on, behind the reply that is under way.
 * @param code Node's parser or timeout code
 * @returns whose bytes it could not read: those of a `body` belong to an exchange, which answers and leaves its one record
 *   itself; those `behind` it were to become another one; with `none` there is nobody to wait for
 */
export const breakOff = (socket: Socket, code: string): 'body' | 'behind' | 'none' => {
  const exchange = underWayOn(socket);
  if (exchange === undefined || (exchange.request.complete && exchange.response.writableFinished)) return 'none';
  closeAfter(exchange.response, socket);
  if (exchange.request.complete) return 'behind';
  const late = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  exchange.broken = new GatewayError(late ? 'http.timeout' : 'http.malformed', { reason: `the body is broken (${code.slice(0, 64)})`, headers: CLOSE });
  exchange.fail?.(exchange.broken);
  return 'body';
};

const JOINED = 256;
const FREE_PIECES = 10_000;
const LEAST_PIECE_BYTES = 256;

/**
 * The pieces of a body. Each costs an object and a turn, so a body of single bytes would take a thousand times its size (G13):
 * pieces are joined as they come, and a sender of very many small ones is refused.
 */
class Pieces {
  #pieces: Buffer[] = [];
  #count = 0;
  length = 0;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#count += 1;
    this.length += piece.length;
    if (this.#count % JOINED === 0) this.#pieces.push(Buffer.concat(this.#pieces.splice(-JOINED)));
  }

  get areCrumbs(): boolean {
    return this.#count > FREE_PIECES && this.length < this.#count * LEAST_PIECE_BYTES;
  }

  joined(): Buffer {
    const [only] = this.#pieces;
    return only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
  }
}

/**
 * Reads a body whole, never more than `maxBytes` of it. Nothing is forwarded before the last byte has come: a broken
 * chunk after half a body must not have reached an upstream (H07).
 * @throws GatewayError `http.too-large`, `http.malformed`, `http.timeout` (the connection closes), `client.gone`
 */
export const readBody = (request: IncomingMessage, response: ServerResponse, maxBytes: number): Buffer | Promise<Buffer> => readAtOnce(request, maxBytes) ?? readAsItComes(request, response, maxBytes);

/**
 * The body that has come whole together with its head, as most do: nothing has to be listened for. Node says `complete` a moment after the last
 * byte is there; a body of known length is whole when it has that length.
 */
const readAtOnce = (request: IncomingMessage, maxBytes: number): Buffer | undefined => {
  const length = request.readableLength;
  // Who asks whether to go on is told so, even when he did not wait for it.
  if (length === 0 || length > maxBytes || request.headers['expect'] !== undefined) return undefined;
  if (!request.complete && String(length) !== request.headers['content-length']) return undefined;
  const body: unknown = request.read();
  return Buffer.isBuffer(body) ? body : undefined;
};

const readAsItComes = (request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const last = underWayOn(request.socket);
    // Where requests are pipelined the bytes may be the next one's already; then this body has come whole.
    const exchange = last?.request === request ? last : undefined;
    const end = (): void => {
      request.off('close', broken);
      if (exchange !== undefined) exchange.fail = undefined;
    };
    const fail = (error: GatewayError): void => {
      end();
      request.pause();
      reject(error);
    };
    const broken = (): void => fail(new GatewayError('client.gone', { reason: 'the connection broke before the body was complete' }));
    if (exchange?.broken !== undefined) {
      reject(exchange.broken);
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    // The body is asked for only now that the caller is known.
    if (request.headers['expect'] !== undefined) response.writeContinue();
    const pieces = new Pieces();
    if (exchange !== undefined) exchange.fail = fail;
    request.on('data', (piece: Buffer) => {
      pieces.add(piece);
      if (pieces.length > maxBytes) fail(tooLarge(maxBytes));
      else if (pieces.areCrumbs) fail(new GatewayError('http.malformed', { reason: 'the body comes in very many very small pieces', headers: CLOSE }));
    });
    request.once('end', () => {
      end();
      resolve(pieces.joined());
    });
    request.once('error', broken);
    request.once('close', broken);
  });
