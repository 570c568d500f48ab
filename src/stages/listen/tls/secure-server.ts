import { constants } from 'node:crypto';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { CertificateMode } from '../../../model/certificate.ts';

/** What a listener speaks TLS with; it may be given others while it runs. */
export interface TlsMaterial {
  /** PEM: the listener's own certificate, then its issuers. */
  readonly cert: string;
  readonly key: string;
  /** PEM of those whose client certificates are good; empty where none is asked for. */
  readonly ca: readonly string[];
}

export interface TlsOptions extends TlsMaterial {
  readonly mode: CertificateMode;
  /** What is stapled to handshakes with a certificate, in DER; undefined where there is nothing now. It must not wait. */
  readonly stapled?: ((certificate: Buffer) => Buffer | undefined) | undefined;
}

/** Forward secrecy and authenticated encryption alone; those of TLS 1.3 have both by themselves (RFC 9325 §4.2). */
const SUITES = [
  'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** Elliptic curves alone, before them the one that holds against quantum computers (RFC 9325 §4.2, FIPS 203). */
const GROUPS = 'X25519MLKEM768:X25519:P-256:P-384:P-521';

/** As slow as the head of a request may be. */
const HANDSHAKE_MS = 8_000;

const contextOf = ({ cert, key, ca }: TlsMaterial) => ({
  cert, key,
  // Without any of our own Node would trust those of the web.
  ca: [...ca],
  ciphers: SUITES,
  ecdhCurve: GROUPS,
  honorCipherOrder: true,
  minVersion: 'TLSv1.2' as const,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
});

/** A server before it listens, over TLS or not. */
export interface OpenableServer {
  readonly server: Server;
  /** Takes other certificates and keys for connections that come from now on; absent without TLS. */
  readonly renew?: (material: TlsMaterial, ticketKeys: Buffer) => void;
}

/** Makes the server of a listener. 0-RTT is off, because Node has none for servers (RFC 8446 §8). */
export const makeServer = (http: ServerOptions, tls: TlsOptions | undefined): OpenableServer => {
  if (tls === undefined) return { server: createServer(http) };
  const asks = tls.mode === 'none' ? {} : { requestCert: true, rejectUnauthorized: tls.mode === 'require' };
  const server = createSecureServer({ ...http, ...contextOf(tls), ...asks, handshakeTimeout: HANDSHAKE_MS, ALPNProtocols: ['http/1.1'] });
  // Node would answer a failed handshake as if it were a request that it cannot read.
  server.removeAllListeners('tlsClientError');
  const { stapled } = tls;
  if (stapled !== undefined) server.on('OCSPRequest', (certificate: Buffer, _issuer: Buffer, answer: (error: Error | null, response: Buffer | null) => void) => answer(null, stapled(certificate) ?? null));
  return {
    server,
    renew: (material, ticketKeys) => {
      server.setSecureContext(contextOf(material));
      // A session that is resumed is not asked for its certificate again: what was agreed under former issuers ends with them.
      server.setTicketKeys(ticketKeys);
    },
  };
};

/** A connection that is being made: what is told of one that fails. */
export interface FailedHandshake {
  readonly address: string;
  /** OpenSSL's word for what is wrong with the certificate, or Node's code. */
  readonly code: string;
}

export interface HandshakeRules {
  /** Never called for a peer that hangs up by itself. */
  readonly failed: (handshake: FailedHandshake) => void;
  /** Whether an address may begin another: asked before anything of it is read. */
  readonly mayShake: (address: string) => boolean;
}

/**
 * Tells of handshakes that fail, once for each, and closes those that are too many.
 * @returns drops those that are under way: they began under what the listener was given before
 */
export const followHandshakes = (server: Server, { failed, mayShake }: HandshakeRules): (() => void) => {
  const underWay = new Map<string, Socket>();
  let lastClosed = 'unknown';
  server.on('connection', (raw: Socket) => {
    const [address, place] = [raw.remoteAddress ?? 'unknown', `${raw.remoteAddress ?? ''} ${String(raw.remotePort)}`];
    if (!mayShake(address)) {
      raw.destroy();
      return;
    }
    underWay.set(place, raw);
    raw.once('close', () => {
      // Node has forgotten the address when it tells of a bad certificate, right after this.
      if (underWay.delete(place)) lastClosed = address;
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => underWay.delete(`${socket.remoteAddress ?? ''} ${String(socket.remotePort)}`));
  server.on('tlsClientError', (error: Error & { readonly code?: string }, socket: TLSSocket) => {
    const address = socket.remoteAddress ?? lastClosed;
    socket.destroy();
    const flaw: unknown = socket.authorizationError; // a code, whatever its declared type
    const code = typeof flaw === 'string' ? flaw : (error.code ?? 'unknown');
    if (code !== 'ECONNRESET') failed({ address, code });
  });
  return () => {
    for (const raw of underWay.values()) raw.destroy();
  };
};
