import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GatewayError } from '../../errors/gateway-error.ts';

const CLOSE = { Connection: 'close' } as const;

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError('http.too-large', { reason: `the body is larger than ${String(maxBytes)} bytes`, headers: CLOSE, detail: `At most ${String(maxBytes)} bytes are accepted.` });

/** The body being read on a socket, so that what the parser finds wrong later in it fails that very exchange. */
const reading = new WeakMap<Socket, (error: GatewayError) => void>();

/**
 * Fails the exchange whose body is being read on the socket.
 * @param code Node's parser or timeout code
 * @returns false when no body is being read there
 */
export const failBody = (socket: Socket, code: string): boolean => {
  const fail = reading.get(socket);
  const late = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  fail?.(new GatewayError(late ? 'http.timeout' : 'http.malformed', { reason: `the body is broken (${code.slice(0, 64)})`, headers: CLOSE }));
  return fail !== undefined;
};

const whole = (chunks: readonly Buffer[]): Buffer => (chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));

/**
 * Reads a body whole, never more than `maxBytes` of it. Nothing is forwarded before the last byte has come: a broken
 * chunk after half a body must not have reached an upstream (H07).
 * @throws GatewayError `http.too-large`, `http.malformed`, `http.timeout` (the connection closes), `client.gone`
 */
export const readBody = (request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const { socket } = request;
    const end = (): void => {
      request.off('close', broken);
      reading.delete(socket);
    };
    const fail = (error: GatewayError): void => {
      end();
      request.pause();
      reject(error);
    };
    const broken = (): void => fail(new GatewayError('client.gone', { reason: 'the connection broke before the body was complete' }));
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    // The body is asked for only now that the caller is known.
    if (request.headers['expect'] !== undefined) response.writeContinue();
    const chunks: Buffer[] = [];
    let length = 0;
    reading.set(socket, fail);
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) fail(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    request.once('end', () => {
      end();
      resolve(whole(chunks));
    });
    request.once('error', broken);
    request.once('close', broken);
  });
