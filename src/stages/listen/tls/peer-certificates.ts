import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls';
import type { PeerCertificate } from '../../../model/certificate.ts';
import type { RequestHeaders } from '../../../model/exchange.ts';
import type { Clock } from '../../../ports/world.ts';
import { unmapped } from '../client-address.ts';
import { ForwardedCertificates, type ForwardedOptions } from './forwarded-certificates.ts';
import { certificateFlawText } from './tls-refusal.ts';

const MOST_ISSUERS = 10;
const MOST_CHAINS = 10_000;

/** The issuers that came along, nearest first. One that signs itself is its own issuer, which ends the walk. */
const issuersIn = (leaf: DetailedPeerCertificate): readonly Buffer[] => {
  const issuers: Buffer[] = [];
  for (let last = leaf; last.issuerCertificate !== undefined && last.issuerCertificate !== last && issuers.length < MOST_ISSUERS; last = last.issuerCertificate) issuers.push(last.issuerCertificate.raw);
  return issuers;
};

interface Shown {
  readonly certificate: PeerCertificate | undefined;
}

/** The certificates of a listener's connections, each read once. */
export class PeerCertificates {
  readonly #known = new WeakMap<TLSSocket, Shown>();
  /** A session that is resumed remembers the certificate and not its issuers. */
  readonly #chains = new Map<string, readonly Buffer[]>();
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
    this.#chains.clear();
  }

  #read(socket: TLSSocket): PeerCertificate | undefined {
    const leaf = socket.getPeerCertificate(true);
    // Node gives an empty object where there is none.
    if (!Buffer.isBuffer(leaf.raw)) return undefined;
    const thumbprint = hash('sha256', leaf.raw, 'base64url');
    const flaw: unknown = socket.authorized ? undefined : socket.authorizationError; // a code, whatever its declared type
    const issuers = socket.isSessionReused() ? (this.#chains.get(thumbprint) ?? []) : this.#note(thumbprint, issuersIn(leaf));
    return Object.freeze({ der: leaf.raw, thumbprint, issuers, ...(socket.authorized ? {} : { flaw: certificateFlawText(typeof flaw === 'string' ? flaw : 'unknown') }), trust: this.#trust });
  }

  #note(thumbprint: string, issuers: readonly Buffer[]): readonly Buffer[] {
    if (issuers.length === 0) return issuers;
    if (this.#chains.size >= MOST_CHAINS) this.#chains.clear();
    this.#chains.set(thumbprint, issuers);
    return issuers;
  }
}
