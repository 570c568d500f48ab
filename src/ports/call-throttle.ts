import type { Principal } from '../model/principal.ts';

/** Who is held back. */
export type Throttled = Pick<Principal, 'subject' | 'name' | 'credentialId' | 'method'>;

/** Holds callers to what is usual of them, where somebody has asked for that. */
export interface CallThrottle {
  /**
   * Takes one call of a tool out of what is usual.
   * @param tool `server:tool`
   * @throws GatewayError `limit.unusual` when nothing of it is left
   */
  take(principal: Throttled, tool: string): void;
}
