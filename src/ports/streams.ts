import type { CertifiedClient } from '../model/certificate.ts';
import type { Principal } from '../model/principal.ts';

/** What is asked of whoever holds a stream, as long as it is open. */
export type StreamHolder = Pick<Principal, 'subject' | 'credentialId' | 'method' | 'key' | 'token' | 'expiresAtMs'> & {
  /** The good certificate that the connection was made with. */
  readonly certified?: CertifiedClient;
};

/** The open streams of a credential: they must end when it is revoked or expires (attacks.md K05, M06). */
export interface OpenStreams {
  /**
   * Notes an open stream; `end` is called with the reason when it must stop.
   * @param answers that it carries the answer of a call: then it is not counted, because the call has been made
   * @returns a function that forgets it, or undefined when the credential has too many open
   */
  open(holder: StreamHolder, end: (reason: string) => void, answers?: boolean): (() => void) | undefined;
}
