import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../errors/gateway-error.ts';

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError('http.too-large', { reason: `the body is larger than ${String(maxBytes)} bytes`, headers: { Connection: 'close' }, detail: `At most ${String(maxBytes)} bytes are accepted.` });

/**
 * Reads a body whole, never more than `maxBytes` of it. Nothing is forwarded before the last byte has come: a broken
 * chunk after half a body must not have reached an upstream (H07).
 * @throws GatewayError `http.too-large` (the connection closes), `client.gone`
 */
export const readBody = (request: IncomingMessage, declared: string | undefined, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    if (Number(declared ?? 0) > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    const broken = (): void => reject(new GatewayError('client.gone', { reason: 'the connection broke before the body was complete' }));
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        request.pause();
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    request.once('end', () => {
      request.off('close', broken);
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.once('error', broken);
    request.once('close', broken);
  });
