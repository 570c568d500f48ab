import type { CertificateFacts } from '../model/certificate.ts';
import type { Principal } from '../model/principal.ts';
import type { TokenFacts } from '../model/token/token-facts.ts';

export type { TokenFacts } from '../model/token/token-facts.ts';

/** What has been denied although its signature and its times are good (J15, D10). Asked on every request, so it answers from memory. */
export interface Denials {
  /** Why this token opens nothing, in words for the record; undefined when nothing speaks against it. */
  against(facts: TokenFacts): string | undefined;
  /** Why somebody opens nothing any more, whatever they come with; undefined when nothing speaks against them. */
  againstPerson(principal: Pick<Principal, 'subject' | 'token'>): string | undefined;
}

/** What has been denied of certificates, by themselves or by their keys. Asked on every request, so it answers from memory. */
export interface CertificateDenials {
  /** Why this certificate opens nothing, in words for the record; undefined when nothing speaks against it. */
  againstCertificate(facts: Pick<CertificateFacts, 'fingerprint' | 'keyFingerprint'>): string | undefined;
}
