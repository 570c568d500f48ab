import type { TokenFacts } from '../model/token/token-facts.ts';

export type { TokenFacts } from '../model/token/token-facts.ts';

/** What has been denied although its signature and its times are good (J15, D10). Asked on every request, so it answers from memory. */
export interface Denials {
  /** Why this token opens nothing, in words for the record; undefined when nothing speaks against it. */
  against(facts: TokenFacts): string | undefined;
}
