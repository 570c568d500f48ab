import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../../../model/certificate.ts';
import type { RequestHeaders } from '../../../model/exchange.ts';
import type { Clock } from '../../../ports/world.ts';
import { unmapped } from '../client-address.ts';
import { ForwardedCertificates, type ForwardedOptions } from './forwarded-certificates.ts';
import { certificateFlawText } from './tls-refusal.ts';

interface Shown {
  readonly certificate: PeerCertificate | undefined;
}

/** The certificates of a listener's connections, each read once. */
export class PeerCertificates {
  readonly #known = new WeakMap<TLSSocket, Shown>();
  #trust = { withdrawn: false };
  readonly #clock: Pick<Clock, 'nowMs'>;
  #forwarded: { readonly like: string; readonly certificates: ForwardedCertificates } | undefined;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Takes what a proxy forwards from now on; what was forwarded under other settings holds no longer. */
  forward(options: ForwardedOptions | undefined): void {
    const like = JSON.stringify([options?.header, [...(options?.proxies ?? [])], options?.anchors.map(({ fingerprint256 }) => fingerprint256)]);
    if (this.#forwarded?.like !== like) this.#forwarded?.certificates.withdraw();
    this.#forwarded = options === undefined ? undefined : { like, certificates: new ForwardedCertificates(options, () => this.#clock.nowMs()) };
  }

  /** What the client of a request has shown, to us or to a proxy that is proven to be ours. */
  ofRequest(socket: Socket, headers: RequestHeaders): PeerCertificate | undefined {
    const own = this.of(socket);
    const forwarded = this.#forwarded?.certificates;
    return forwarded?.isProxy(unmapped(socket.remoteAddress ?? 'unknown'), headers, own) === true ? forwarded.read(headers) : own;
  }

  /** What the client of a connection has shown; undefined where it has shown none, or there is no TLS. */
  of(socket: object): PeerCertificate | undefined {
    if (!(socket instanceof TLSSocket)) return undefined;
    const known = this.#known.get(socket);
    if (known !== undefined) return known.certificate;
    const certificate = this.#read(socket);
    this.#known.set(socket, { certificate });
    return certificate;
  }

  /** Takes back what was believed of all certificates shown until now: the listener has other issuers. */
  withdraw(): void {
    this.#trust.withdrawn = true;
    this.#trust = { withdrawn: false };
  }

  #read(socket: TLSSocket): PeerCertificate | undefined {
    const der = socket.getPeerX509Certificate()?.raw;
    if (der === undefined) return undefined;
    const flaw: unknown = socket.authorized ? undefined : socket.authorizationError; // a code, whatever its declared type
    // Node shows no issuers that a client sends along; a session that is resumed would not have them either.
    return Object.freeze({ der, thumbprint: hash('sha256', der, 'base64url'), issuers: [], ...(socket.authorized ? {} : { flaw: certificateFlawText(typeof flaw === 'string' ? flaw : 'unknown') }), trust: this.#trust });
  }
}
