import { buildLimiter } from '../stages/shield/gcra.ts';
import { buildPrincipalLimit } from '../stages/shield/principal-limit.ts';
import { buildShield, type Shield } from '../stages/shield/shield.ts';
import type { Config } from '../config/schema.ts';
import type { Identified } from '../model/exchange.ts';
import type { World } from '../ports/world.ts';
import type { Base } from './base.ts';

const ALARM_EVERY_MS = 60_000;

/** Says that somebody guesses, once a minute: an attacker must not fill the log (K12). */
const guessingAlarm = ({ clock, log }: World): ((address: string) => void) => {
  let silentUntilMs = Number.NEGATIVE_INFINITY;
  return (address) => {
    const now = clock.monotonicMs();
    if (now < silentUntilMs) return;
    silentUntilMs = now + ALARM_EVERY_MS;
    log.warn('somebody is guessing credentials', { address });
  };
};

/** The limits by address: of all requests, and of those that guess. */
export const buildOwnShield = ({ limits }: Config, { world }: Base): Shield =>
  buildShield(
    {
      address: buildLimiter('address', { rate: limits.address, capacity: 100_000 }, world.clock),
      failures: buildLimiter('invalid-credentials', { rate: limits.invalidCredentials, capacity: 100_000 }, world.clock),
      allowance: limits.address,
    },
    guessingAlarm(world),
  );

/** The limit of each principal at the admin plane. */
export const buildAdminLimit = ({ limits }: Config, { world }: Base): ((identified: Identified) => Identified) =>
  buildPrincipalLimit({ limiter: buildLimiter('admin', { rate: limits.admin, capacity: 10_000 }, world.clock), allowance: limits.admin });
