import { addressBucket } from '../stages/shield/address-bucket.ts';
import { buildLimiter } from '../stages/shield/gcra.ts';
import { buildPrincipalLimit } from '../stages/shield/principal-limit.ts';
import { buildShield, type Shield } from '../stages/shield/shield.ts';
import type { Config } from '../config/schema.ts';
import type { Identified } from '../model/exchange.ts';
import type { World } from '../ports/world.ts';
import type { Base } from './base.ts';

const ALARM_EVERY_MS = 60_000;

/** Says something of an address, once a minute: an attacker must not fill the log (K12). */
const onceAMinute = ({ clock }: Pick<World, 'clock'>, say: (address: string) => void): ((address: string) => void) => {
  let silentUntilMs = Number.NEGATIVE_INFINITY;
  return (address) => {
    const now = clock.monotonicMs();
    if (now < silentUntilMs) return;
    silentUntilMs = now + ALARM_EVERY_MS;
    say(address);
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
    onceAMinute(world, (address) => world.log.warn('somebody is guessing credentials', { address })),
  );

/** The limit of each principal at the admin plane. */
export const buildAdminLimit = ({ limits }: Config, { world }: Base): ((identified: Identified) => Identified) =>
  buildPrincipalLimit({ limiter: buildLimiter('admin', { rate: limits.admin, capacity: 10_000 }, world.clock), allowance: limits.admin });

/** How many handshakes an address may begin: each costs a signature before anybody has said a word (D01). @returns whether it may begin another */
export const buildHandshakeLimit = ({ limits }: Config, { world }: Base): ((address: string) => boolean) => {
  const limiter = buildLimiter('handshakes', { rate: limits.handshakes, capacity: 100_000 }, world.clock);
  const say = onceAMinute(world, (address) => world.log.warn('an address begins more TLS handshakes than limits.handshakes allows; further ones are closed', { address }));
  return (address) => {
    if (limiter.take(addressBucket(address), 1).kind === 'admitted') return true;
    say(address);
    return false;
  };
};
