import type { CertifiedClient } from '../model/certificate.ts';

/** A certificate that was issued over one that is still good. */
export interface RenewedCertificate {
  /** PEM: the certificate, and the authorities between it and the one that signs itself. */
  readonly chain: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly notAfterMs: number;
}

/** Why nothing was issued: what was asked is not in order, or it is not this authority that would have to issue. */
export class RenewalRefused extends Error {
  readonly kind: 'request' | 'certificate';

  constructor(kind: RenewalRefused['kind'], reason: string) {
    super(reason);
    this.kind = kind;
  }
}

/** Who renews the certificates of clients. */
export interface CertificateRenewal {
  /**
   * Issues a certificate with the names of one that is good now, and with the key of the request.
   * @param request PKCS#10, in PEM or DER
   * @throws RenewalRefused
   */
  renew(client: CertifiedClient, request: Buffer): Promise<RenewedCertificate>;
}
