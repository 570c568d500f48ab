import type { Certainty } from '../finding.ts';

/** Something wrong with a server that is no text of it. */
export interface Remark {
  readonly rule: string;
  readonly what: string;
  readonly certainty: Certainty;
  /** What of the server it is about. */
  readonly place: string;
  readonly next: string;
}

/** What a handshake has shown. */
export interface TlsFacts {
  /** The oldest version below TLS 1.2 that the server still speaks. */
  readonly old?: string | undefined;
  /** Why its certificate is not trusted, in the words of OpenSSL. */
  readonly untrusted?: string | undefined;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  /** Of an RSA key. */
  readonly bits?: number | undefined;
}

/** What came of asking without a credential. */
export interface AccessFacts {
  readonly url: URL;
  /** Only programs of this machine reach it. */
  readonly isLocal: boolean;
  /** How many tools it told anybody; undefined where it asked for a credential. */
  readonly tools?: number | undefined;
  /** Of a refusal: its challenge. */
  readonly challenge?: string | undefined;
  readonly status: number;
  /** What a client that wants to sign in would trip over. */
  readonly fault?: { readonly what: string; readonly clause: string } | undefined;
  /** Parameters of the query that are read as a credential. */
  readonly inQuery: readonly string[];
  /** Its metadata says that tokens may stand in the query. */
  readonly saysQuery: boolean;
}
