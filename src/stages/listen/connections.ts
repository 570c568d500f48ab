import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { World } from '../../ports/world.ts';
import { isUnderWay } from './body.ts';
import type { PeerCertificates } from './tls/peer-certificates.ts';

/**
 * The exchanges under way. An exchange outlives its connection when the caller hangs up, and its record must still be written:
 * the listener is closed when both are gone.
 */
export class Exchanges {
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

/** The connections of a server that have come to be. */
export const connectionsOf = (server: Server): ReadonlySet<Socket> => {
  const connections = new Set<Socket>();
  // Over TLS a connection that is being made has a bound of its own, and is known by its TLS socket from then on.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => connections.add(socket.once('close', () => connections.delete(socket))));
  return connections;
};

/** Lets go of connections whose client certificate was vouched for by issuers of former days, as soon as they are idle. */
export const letGo = (connections: ReadonlySet<Socket>, certificates: PeerCertificates): void => {
  for (const socket of connections) if (certificates.of(socket) !== undefined && !isUnderWay(socket)) socket.destroy();
};

/** How a listener is closed. */
export const closing = ({ server, exchanges, world, connections }: { readonly server: Server; readonly exchanges: Exchanges; readonly world: World; readonly connections: ReadonlySet<Socket> }) => {
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
