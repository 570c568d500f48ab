import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { isIP } from 'node:net';
import type { Clock } from '../../ports/world.ts';

/** What a handshake has shown. */
export interface SeenTls {
  readonly old: string | undefined;
  readonly untrusted: string | undefined;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  readonly bits: number | undefined;
}

export interface TlsTarget {
  readonly url: URL;
  /** PEM; whom to trust in place of the system's. */
  readonly ca?: string | undefined;
}

const TIMEOUT_MS = 10_000;

/** Shakes hands, and looks; nothing is sent. */
const shake = <Seen>({ url, ca }: TlsTarget, more: ConnectionOptions, { clock, look }: { readonly clock: Pick<Clock, 'after'>; readonly look: (socket: TLSSocket) => Seen }): Promise<Seen> => {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const names = isIP(host) === 0 ? { servername: host } : {};
  return new Promise((resolve, reject) => {
    // Looked at, and trusted with nothing: what is wrong with the certificate is what is asked for.
    const socket = connect({ host, port: url.port === '' ? 443 : Number(url.port), rejectUnauthorized: false, ...names, ...(ca === undefined ? {} : { ca }), ...more });
    const cancel = clock.after(TIMEOUT_MS, () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
    socket.once('close', () => { cancel(); reject(new Error('closed')); });
    socket.once('secureConnect', () => {
      resolve(look(socket));
      socket.destroy();
    });
  });
};

const reasonOf = ({ authorized, authorizationError }: TLSSocket): string | undefined => {
  if (authorized) return undefined;
  // Typed as an error, and a code in truth.
  const reason: unknown = authorizationError;
  return typeof reason === 'string' ? reason : reason instanceof Error && 'code' in reason ? String(reason.code) : 'unknown';
};

const lookAt = (socket: TLSSocket): Omit<SeenTls, 'old'> => {
  const shown: PeerCertificate = socket.getPeerCertificate();
  // Of an elliptic curve the bits say something else.
  const bits = shown.exponent === undefined ? undefined : shown.bits;
  return { untrusted: reasonOf(socket), validFromMs: Date.parse(shown.valid_from), validUntilMs: Date.parse(shown.valid_to), bits };
};

/** Versions before TLS 1.2, offered with the ciphers that they need. */
const OLD: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };

/** How a server speaks TLS, as two handshakes show it. @throws where there is no handshake at all */
export const tlsFacts = async (target: TlsTarget, clock: Pick<Clock, 'after'>): Promise<SeenTls> => {
  // One that knows nothing newer is looked at all the same.
  const seen = await shake(target, {}, { clock, look: lookAt }).catch(() => shake(target, OLD, { clock, look: lookAt }));
  const old = await shake(target, OLD, { clock, look: (socket) => socket.getProtocol() ?? undefined }).catch(() => undefined);
  return { ...seen, old };
};
