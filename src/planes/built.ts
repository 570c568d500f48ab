import type { Policy } from '../model/policy.ts';
import type { Shield } from '../stages/limit/shield.ts';
import type { Upstreams } from './upstreams.ts';

/** What both planes are made of. */
export interface Built {
  readonly upstreams: Upstreams;
  readonly policy: Policy;
  /** One for both planes: whoever guesses at one has guessed at the other. */
  readonly shield: Shield;
}
