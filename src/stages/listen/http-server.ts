import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Inbound, Reply } from '../../model/exchange.ts';
import type { World } from '../../ports/world.ts';
import { beginExchange, breakOff, endExchange } from './body.ts';
import { closing, connectionsOf, Exchanges } from './connections.ts';
import { buildInbound, type InboundOptions } from './inbound.ts';
import type { ForwardedOptions } from './tls/forwarded-certificates.ts';
import { PeerCertificates } from './tls/peer-certificates.ts';
import { renewing, type RenewedCertificates } from './tls/renewing.ts';
import { followHandshakes, makeServer, type FailedHandshake, type TlsOptions } from './tls/secure-server.ts';
import { handshakeText } from './tls/tls-refusal.ts';
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
  renew(certificates: RenewedCertificates): void;
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

/** Of handshakes that fail one is logged in so long; each is on record. */
const QUIET_MS = 1_000;

/** Nobody can be answered: one record, and a line in the log that says what helps. */
const onFailedHandshake = ({ plane, world }: Refusing): ((handshake: FailedHandshake) => void) => {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return ({ address, code }) => {
    const reason = handshakeText(code);
    void plane().malformed(address, { code, reason });
    // Whoever knocks without end must not fill the log.
    if (world.clock.monotonicMs() - saidAtMs < QUIET_MS) return;
    saidAtMs = world.clock.monotonicMs();
    world.log.warn('a TLS handshake failed', { address, code, reason });
  };
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

export interface ListenOptions extends InboundOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  /** Whether an address may begin another TLS handshake; always unless given. */
  readonly mayShake?: (address: string) => boolean;
  /** Which proxy may say what certificate its client has shown. */
  readonly forwarded?: ForwardedOptions;
}

/**
 * Opens the listening socket.
 * @param plane read for each request, so that a reload takes effect on the next one
 * @throws the socket's own error (`EADDRINUSE`, `EACCES` …), which the CLI turns into words
 */
export const listen = async (options: ListenOptions, plane: () => Plane, world: World): Promise<Listener> => {
  const [exchanges, certificates] = [new Exchanges(), new PeerCertificates(world.clock)];
  certificates.forward(options.forwarded);
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
  const dropHandshakes = options.tls === undefined ? (): void => undefined : followHandshakes(server, { failed: onFailedHandshake({ plane, world }), mayShake: options.mayShake ?? (() => true) });
  const port = await whenListening(server, options);
  return { port, close: closing({ server, exchanges, world, connections }), renew: renewing(made, { certificates, connections, dropHandshakes, world, first: options.tls }) };
};
