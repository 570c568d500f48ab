import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import type { Inbound, Reply } from '../../model/exchange.ts';
import type { World } from '../../ports/world.ts';
import { beginExchange, breakOff, endExchange, isUnderWay } from './body.ts';
import { buildInbound, type InboundOptions } from './inbound.ts';
import { PeerCertificates } from './peer-certificates.ts';
import { followHandshakes, makeServer, type FailedHandshake, type OpenableServer, type TlsMaterial, type TlsOptions } from './secure-server.ts';
import { handshakeText } from './tls-refusal.ts';
import { writeReply } from './write-reply.ts';

/** What answers requests; swapped whole on reload. */
export interface Plane {
  /** Answers of the operational plane (`/healthz`, `/readyz`), before anything else. */
  plain(method: string, target: string): Reply | undefined;
  handle(inbound: Inbound): Promise<Reply>;
  /** Bytes that never became a request: one audit record, no handler. */
  malformed(address: string, refusal: RawRefusal): Promise<void>;
}

/** How bytes were refused that never became a request. */
export interface RawRefusal {
  /** Node's code for it. */
  readonly code: string;
  /** What was answered; absent where a handshake failed, and there was nobody to answer. */
  readonly status?: number;
  /** Why, in words, where the code does not say it. */
  readonly reason?: string;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting, waits for running exchanges up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
  /** Takes other certificates, keys and issuers for connections that come from now on; those that are there go on, but for what other issuers vouched for. */
  renew(material: TlsMaterial): void;
}

/** Stricter than Node's 60 s, 300 s and 30 s: a slow sender is gone in 15 s at the latest (D01). */
const BOUNDS = { headersTimeout: 8_000, requestTimeout: 12_000, connectionsCheckingInterval: 1_000, keepAliveTimeout: 65_000, maxHeaderSize: 16 * 1024 } as const;

const statusOfClientError = (code: string): number => {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
};

/** What refuses bytes that are no request. */
interface Refusing {
  readonly plane: () => Plane;
  readonly world: World;
}

/** Node cannot read the bytes: answer in one line, close, and leave one record, unless an exchange does that for its own. */
const onClientError = (needs: Refusing) => (error: Error & { code?: string }, socket: Socket): void => {
  const code = error.code ?? 'unknown';
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = { code, status: statusOfClientError(code) };
  const whose = breakOff(socket, code);
  if (whose === 'none') refuseRaw(needs, socket, refusal);
  // An answer now would be taken for the one that is still to come: the end of the connection has to do.
  else if (whose === 'behind') void needs.plane().malformed(socket.remoteAddress ?? 'unknown', refusal);
};

/** How long a refused sender may take to close his end, before it is closed for him. */
const LINGER_MS = 2_000;

/** Answers bytes that are no request: one line, one record, and the connection ends. */
const refuseRaw = ({ plane, world }: Refusing, socket: Duplex & { readonly remoteAddress?: string | undefined }, refusal: RawRefusal & { readonly status: number }): void => {
  void plane().malformed(socket.remoteAddress ?? 'unknown', refusal);
  const head = `HTTP/1.1 ${String(refusal.status)} ${STATUS_CODES[refusal.status] ?? 'Refused'}`;
  socket.end(`${head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  // What he still sends is taken and dropped: closing at once would reset the connection before the answer is read.
  socket.resume();
  socket.once('close', world.clock.after(LINGER_MS, () => socket.destroy()));
};

/** Nobody can be answered: one record, and a line in the log that says what helps. */
const onFailedHandshake = ({ plane, world }: Refusing) => ({ address, code }: FailedHandshake): void => {
  const reason = handshakeText(code);
  world.log.warn('a TLS handshake failed', { address, code, reason });
  void plane().malformed(address, { code, reason });
};

interface Serving {
  readonly plane: () => Plane;
  readonly toInbound: (request: IncomingMessage, response: ServerResponse) => Inbound;
  readonly world: World;
  readonly exchanges: Exchanges;
  /** Called after each reply: a listener that is closing lets go of connections as they fall idle. */
  readonly replied: () => void;
}

const serve = ({ plane, toInbound, world, exchanges, replied }: Serving) => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const plain = plane().plain(request.method ?? '', request.url ?? '');
      const reply = plain ?? (await plane().handle(toInbound(request, response)));
      await writeReply(response, reply, world.clock);
    } catch (error) {
      world.log.error('a reply could not be written', { error });
      response.destroy();
    } finally {
      exchanges.end();
      endExchange(request, response);
      replied();
    }
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    exchanges.begin();
    beginExchange(request, response);
    void answer(request, response);
  };
};

const whenListening = (server: Server, address: { readonly host: string; readonly port: number }): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => resolve((server.address() as AddressInfo).port));
  });

/**
 * The exchanges under way. An exchange outlives its connection when the caller hangs up, and its record must still be written:
 * the listener is closed when both are gone.
 */
class Exchanges {
  #running = 0;
  #whenNone: (() => void) | undefined;

  begin(): void {
    this.#running += 1;
  }

  end(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#whenNone?.();
  }

  /** Resolves when none is left. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenNone = resolve;
      if (this.#running === 0) resolve();
    });
  }
}

const connectionsOf = (server: Server): ReadonlySet<Socket> => {
  const connections = new Set<Socket>();
  // Over TLS a connection that is being made has a bound of its own, and is known by its TLS socket from then on.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => connections.add(socket.once('close', () => connections.delete(socket))));
  return connections;
};

/** Lets go of connections whose client certificate was vouched for by issuers of former days, as soon as they are idle. */
const letGo = (connections: ReadonlySet<Socket>, certificates: PeerCertificates): void => {
  for (const socket of connections) if (certificates.of(socket) !== undefined && !isUnderWay(socket)) socket.destroy();
};

const closing = ({ server, exchanges, world, connections }: { readonly server: Server; readonly exchanges: Exchanges; readonly world: World; readonly connections: ReadonlySet<Socket> }) => {
  return async (graceMs: number): Promise<void> => {
    const cancel = world.clock.after(graceMs, () => server.closeAllConnections());
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeIdleConnections();
    // To Node a connection that has not said anything yet is no idle one, and would be waited for to the last.
    for (const socket of connections) if (!isUnderWay(socket)) socket.destroy();
    await closed;
    cancel();
    await exchanges.none();
  };
};

export interface ListenOptions extends InboundOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
}

const TICKET_KEY_BYTES = 48;

/** Changes what a listener speaks TLS with. */
const renewing = (made: OpenableServer, { certificates, connections, world, first }: { readonly certificates: PeerCertificates; readonly connections: ReadonlySet<Socket>; readonly world: World; readonly first: TlsMaterial | undefined }) => {
  let issuers = JSON.stringify(first?.ca);
  return (material: TlsMaterial): void => {
    made.renew?.(material, Buffer.from(world.random.bytes(TICKET_KEY_BYTES)));
    const next = JSON.stringify(material.ca);
    if (next === issuers) return;
    issuers = next;
    letGo(connections, certificates);
    certificates.withdraw();
  };
};

/**
 * Opens the listening socket.
 * @param plane read for each request, so that a reload takes effect on the next one
 * @throws the socket's own error (`EADDRINUSE`, `EACCES` …), which the CLI turns into words
 */
export const listen = async (options: ListenOptions, plane: () => Plane, world: World): Promise<Listener> => {
  const [exchanges, certificates] = [new Exchanges(), new PeerCertificates()];
  // No header count limit: Node would drop the surplus silently; admit refuses it instead.
  const made = makeServer({ ...BOUNDS, joinDuplicateHeaders: false, insecureHTTPParser: false, requireHostHeader: false, shouldUpgradeCallback: () => false }, options.tls);
  const { server } = made;
  const connections = connectionsOf(server);
  const replied = (): void => void (server.listening || setImmediate(() => server.closeIdleConnections()));
  const handler = serve({ plane, exchanges, toInbound: buildInbound({ ...options, certificates }, world), world, replied });
  server.maxHeadersCount = 0;
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, handler);
  server.on('clientError', onClientError({ plane, world }));
  // Without a listener Node would drop a CONNECT silently: no answer and no record.
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuseRaw({ plane, world }, socket, { code: 'CONNECT', status: 405 }));
  if (options.tls !== undefined) followHandshakes(server, onFailedHandshake({ plane, world }));
  const port = await whenListening(server, options);
  return { port, close: closing({ server, exchanges, world, connections }), renew: renewing(made, { certificates, connections, world, first: options.tls }) };
};
