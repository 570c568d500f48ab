import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Inbound, Reply } from '../../model/exchange.ts';
import type { World } from '../../ports/world.ts';
import { buildInbound, type InboundOptions } from './inbound.ts';
import { writeReply } from './write-reply.ts';

/** What answers requests; swapped whole on reload. */
export interface Plane {
  /** Answers of the operational plane (`/healthz`, `/readyz`), before anything else. */
  plain(method: string, target: string): Reply | undefined;
  handle(inbound: Inbound): Promise<Reply>;
  /** Bytes that never became a request: one audit record, no handler. */
  malformed(address: string, code: string): Promise<void>;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting, waits for running exchanges up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** Stricter than Node's 60 s, 300 s and 30 s: a slow sender is gone in 15 s at the latest (D01). */
const BOUNDS = { headersTimeout: 8_000, requestTimeout: 12_000, connectionsCheckingInterval: 1_000, keepAliveTimeout: 65_000, maxHeaderSize: 16 * 1024 } as const;

const statusOfClientError = (code: string): number => {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
};

/** Node found no request in the bytes: answer in one line, close, and leave one record. */
const onClientError = (plane: () => Plane) => (error: Error & { code?: string }, socket: Socket): void => {
  const code = error.code ?? 'unknown';
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  void plane().malformed(socket.remoteAddress ?? 'unknown', code);
  const status = statusOfClientError(code);
  socket.end(`HTTP/1.1 ${String(status)} Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
};

interface Serving {
  readonly plane: () => Plane;
  readonly toInbound: (request: IncomingMessage, response: ServerResponse) => Inbound;
  readonly world: World;
  /** Called after each reply: a listener that is closing lets go of connections as they fall idle. */
  readonly replied: () => void;
}

const serve = ({ plane, toInbound, world, replied }: Serving) => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const plain = plane().plain(request.method ?? '', request.url ?? '');
    const reply = plain ?? (await plane().handle(toInbound(request, response)));
    await writeReply(response, reply, world.clock);
    // A body nobody will read must not hold the connection: refused uploads end it (N06).
    if (reply.headers['Connection'] === 'close') request.destroy();
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response)
      .catch((error: unknown) => {
        world.log.error('a reply could not be written', { error });
        response.destroy();
      })
      .finally(replied);
  };
};

const whenListening = (server: Server, address: { readonly host: string; readonly port: number }): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => resolve((server.address() as AddressInfo).port));
  });

const closing = (server: Server, world: World) => (graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const cancel = world.clock.after(graceMs, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });

export interface ListenOptions extends InboundOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/**
 * Opens the listening socket.
 * @param plane read for each request, so that a reload takes effect on the next one
 * @throws the socket's own error (`EADDRINUSE`, `EACCES` …), which the CLI turns into words
 */
export const listen = async (options: ListenOptions, plane: () => Plane, world: World): Promise<Listener> => {
  const handler = serve({ plane, toInbound: buildInbound(options, world), world, replied: () => void (server.listening || setImmediate(() => server.closeIdleConnections())) });
  // No header count limit: Node would drop the surplus silently; admit refuses it instead.
  const server = createServer({ ...BOUNDS, joinDuplicateHeaders: false, insecureHTTPParser: false, shouldUpgradeCallback: () => false }, handler);
  server.maxHeadersCount = 0;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    handler(request, response);
  });
  server.on('checkExpectation', handler);
  server.on('clientError', onClientError(plane));
  const port = await whenListening(server, options);
  return { port, close: closing(server, world) };
};
