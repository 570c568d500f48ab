import type { Socket } from 'node:net';
import type { World } from '../../../ports/world.ts';
import { letGo } from '../connections.ts';
import type { ForwardedOptions } from './forwarded-certificates.ts';
import type { PeerCertificates } from './peer-certificates.ts';
import type { OpenableServer, TlsMaterial } from './secure-server.ts';

/** What a listener is given while it runs. */
export interface RenewedCertificates {
  readonly tls?: TlsMaterial | undefined;
  readonly forwarded?: ForwardedOptions;
}

const TICKET_KEY_BYTES = 48;

/** Changes what a listener speaks TLS with, and whose certificates it believes. */
export const renewing = (made: OpenableServer, { certificates, connections, dropHandshakes, world, first }: { readonly certificates: PeerCertificates; readonly connections: ReadonlySet<Socket>; readonly dropHandshakes: () => void; readonly world: World; readonly first: TlsMaterial | undefined }) => {
  let issuers = JSON.stringify(first?.ca);
  return ({ tls: material, forwarded }: RenewedCertificates): void => {
    certificates.forward(forwarded);
    if (material === undefined) return;
    made.renew?.(material, Buffer.from(world.random.bytes(TICKET_KEY_BYTES)));
    const next = JSON.stringify(material.ca);
    if (next === issuers) return;
    issuers = next;
    dropHandshakes();
    letGo(connections, certificates);
    certificates.withdraw();
  };
};
