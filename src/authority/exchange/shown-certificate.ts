import type { X509Certificate } from 'node:crypto';

/** What a client may be known by in its certificate (RFC 8705 §2.1.2). */
export type CertificateNameKind = 'subject' | 'dns' | 'uri' | 'email' | 'ip';

/** A certificate of which nobody says now whether it is revoked: it proves nothing, and nothing is said of it. */
export interface UncheckedCertificate {
  readonly unchecked: string;
}

/** The certificate of a client's connection, as far as whoever issues tokens may rely on it. */
export interface ShownCertificate {
  readonly x509: X509Certificate;
  /** Somebody whom the listener trusts has signed it, and nothing speaks against it now; otherwise it is good for whoever agreed on just this one. */
  readonly isVerified: boolean;
  /** Whether it says this, in a way that can be read in one way alone. */
  names(kind: CertificateNameKind, value: string): boolean;
}
