import { hash, timingSafeEqual, X509Certificate } from 'node:crypto';
import type { PeerCertificate } from '../../../model/certificate.ts';
import type { RequestHeaders } from '../../../model/exchange.ts';
import type { Secret } from '../../../model/secret.ts';
import { ForwardedFault, readClientCert, readXfcc, type Forwarded } from './read-forwarded.ts';

/** Which proxy may say what certificate its client has shown. */
export interface ForwardedOptions {
  readonly header: 'client-cert' | 'x-forwarded-client-cert';
  /** Whether the address of the connection is that of the proxy. */
  readonly isProxy: (address: string) => boolean;
  /** What the proxy sends in `Sallyport-Proxy-Secret`. */
  readonly secret: Secret | undefined;
  /** SHA-256 of certificates with which the proxy itself connects, hexadecimal. */
  readonly proxies: ReadonlySet<string>;
  /** Those whose certificates the proxy forwards. */
  readonly anchors: readonly X509Certificate[];
}

const SECRET_HEADER = 'sallyport-proxy-secret';
const MOST_KNOWN = 10_000;
const MOST_ISSUERS = 6;

const sha256 = (bytes: string | Buffer, form: 'hex' | 'base64url'): string => hash('sha256', bytes, form);

/** Compared by digest: neither the length nor the first byte that differs can be told by the time it takes. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(sha256(one, 'hex')), Buffer.from(sha256(other, 'hex')));

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

const isTimely = ({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean => validFromDate.getTime() <= nowMs && nowMs < validToDate.getTime();

const UNTRUSTED = 'the issuer of the client certificate is not trusted here, or was not sent along';

/**
 * Why none of the anchors vouches for it. The proxy has verified that too; it is not taken at its word. Each issuer stands behind what it has
 * issued (RFC 9440 §2.3); how far an issuer may reach is looked at where certificates are read.
 */
const chainFlaw = ({ der, issuers }: Forwarded, anchors: readonly X509Certificate[], nowMs: number): string | undefined => {
  if (issuers.length > MOST_ISSUERS) return UNTRUSTED;
  const chain = [der, ...issuers].map((one) => new X509Certificate(one));
  for (const [at, certificate] of chain.entries()) {
    if (!isTimely(certificate, nowMs)) return 'the client certificate, or an issuer of it, is not good now';
    const below = chain[at - 1];
    if (below !== undefined && !(certificate.ca && isIssuedBy(below, certificate))) return UNTRUSTED;
    if (at > 0 && anchors.some((anchor) => anchor.raw.equals(certificate.raw))) return undefined;
    if (anchors.some((anchor) => isTimely(anchor, nowMs) && isIssuedBy(certificate, anchor))) return undefined;
  }
  return UNTRUSTED;
};

/**
 * Certificates that a proxy in front has seen (RFC 9440, Envoy's XFCC). They count only from a peer that is proven to be that proxy, by its address and by a
 * secret or a certificate; from everybody else such headers are nothing (X05).
 */
export class ForwardedCertificates {
  readonly #options: ForwardedOptions;
  readonly #nowMs: () => number;
  readonly #trust = { withdrawn: false };
  readonly #known = new Map<string, PeerCertificate>();

  constructor(options: ForwardedOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  /** Takes back what was believed of all that were forwarded until now. */
  withdraw(): void {
    this.#trust.withdrawn = true;
    this.#known.clear();
  }

  /** Whether the peer is the proxy. @param own what it has shown itself */
  isProxy(address: string, headers: RequestHeaders, own: PeerCertificate | undefined): boolean {
    const { isProxy, secret, proxies } = this.#options;
    if (!isProxy(address)) return false;
    const said = headers[SECRET_HEADER];
    if (secret !== undefined && said !== undefined && isSame(said, secret.reveal())) return true;
    return own !== undefined && own.flaw === undefined && !own.trust.withdrawn && proxies.has(sha256(own.der, 'hex'));
  }

  /** What the proxy says its client has shown; undefined where it says nothing. */
  read(headers: RequestHeaders): PeerCertificate | undefined {
    const text = headers[this.#options.header];
    if (text === undefined || text.trim() === '') return undefined;
    const chain = headers['client-cert-chain'] ?? '';
    const key = `${text}\n${chain}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const certificate = this.#learn(text, chain);
    this.#known.set(key, certificate);
    return certificate;
  }

  #learn(text: string, chain: string): PeerCertificate {
    try {
      const forwarded = this.#options.header === 'client-cert' ? readClientCert(text, chain) : readXfcc(text, (der) => sha256(der, 'hex'));
      const flaw = chainFlaw(forwarded, this.#options.anchors, this.#nowMs());
      return Object.freeze({ der: forwarded.der, thumbprint: sha256(forwarded.der, 'base64url'), issuers: forwarded.issuers, ...(flaw === undefined ? {} : { flaw }), forwarded: true, trust: this.#trust });
    } catch (error) {
      const flaw = error instanceof ForwardedFault ? error.message : 'what the proxy sent is no certificate';
      return Object.freeze({ der: Buffer.alloc(0), thumbprint: '', issuers: [], flaw, forwarded: true, trust: this.#trust });
    }
  }
}
