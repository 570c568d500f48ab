import type { NameAttribute } from './distinguished-name.ts';

/**
 * What becomes of a client without a good certificate (R22): `none` asks for none; `observe` records and goes on, `request` answers 401,
 * `require` refuses in the handshake.
 */
export type CertificateMode = 'none' | 'observe' | 'request' | 'require';

/** Whether an issuer is still trusted; it is withdrawn when a listener is given other issuers. */
export interface Trust {
  readonly withdrawn: boolean;
}

/** The certificate that the client of a connection has shown, with proof that it holds the key; one object for all its requests. */
export interface PeerCertificate {
  /** As it came, in DER. */
  readonly der: Buffer;
  /** SHA-256 of it, base64url (RFC 8705 §3.1). */
  readonly thumbprint: string;
  /** Issuers that a proxy has forwarded with it, nearest first, in DER; of our own connections none, because Node does not show them. */
  readonly issuers: readonly Buffer[];
  /** Why no issuer of the listener vouches for it, in words; absent when one does. */
  readonly flaw?: string;
  /** A proxy has seen it, and no OpenSSL of ours has verified its issuers. */
  readonly forwarded?: true;
  readonly trust: Trust;
}

/** What a certificate says, read structurally. */
export interface CertificateFacts {
  /** SHA-256 of the certificate, hexadecimal. */
  readonly fingerprint: string;
  /** SHA-256 of its public key (SubjectPublicKeyInfo), hexadecimal: the same over renewals that keep the key. */
  readonly keyFingerprint: string;
  /** Hexadecimal, without zeros in front. */
  readonly serial: string;
  /** As people write it: `CN=my-mcp-client, O=MyOrg`. Shown, and never compared. */
  readonly subject: string;
  readonly issuer: string;
  /** Every attribute of the subject, in its own order; undefined where one of them could be read in two ways. */
  readonly distinguishedName: readonly NameAttribute[] | undefined;
  readonly commonName: string | undefined;
  readonly organizations: readonly string[];
  readonly units: readonly string[];
  readonly dns: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Why nobody can be named by it: what it says could be read in two ways. */
  readonly ambiguous: string | undefined;
  /** Where its issuer says which certificates it has revoked. */
  readonly lists: readonly string[];
  readonly responders: readonly string[];
}

/** What the trail says of the certificate of a connection. */
export interface CertificateRecord {
  readonly fingerprint: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly serial?: string;
  /** Why it is not good. */
  readonly flaw?: string;
}

/** A certificate as one request finds it. */
export interface CertifiedClient {
  readonly facts: CertificateFacts;
  readonly peer: PeerCertificate;
  readonly record: CertificateRecord;
}
