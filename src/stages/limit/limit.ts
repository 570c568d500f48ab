import { GatewayError } from '../../errors/gateway-error.ts';
import { opensStream, toolOf, type McpCall } from '../../model/call.ts';
import { widen, type Admitted, type Permitted, type Quota, type Slots } from '../../model/exchange.ts';
import type { Clock } from '../../ports/world.ts';
import type { Buckets } from './buckets.ts';
import type { Limits } from './limits.ts';
import type { Meter } from './meter.ts';
import { Meters, type Asked } from './meters.ts';
import { momentOf, type Moment } from './periods.ts';
import { refusedCall } from './refused-call.ts';

export interface LimitNeeds {
  readonly limits: Limits;
  readonly buckets: Buckets;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Whether a credential holds as many open streams as it may; absent when nobody counts them. */
  readonly isFull?: (credentialId: string) => boolean;
}

/** JSON-RPC calls are counted, not HTTP requests: a stream, a status or an answer to the server costs nothing. */
const isCounted = (call: McpCall): boolean => call.kind === 'request' || call.kind === 'notification';

const tooManyStreams = (credentialId: string): GatewayError =>
  new GatewayError('limit.streams', { reason: `credential ${credentialId} has too many open streams`, headers: { 'Retry-After': '5' } });

/** The places of one call, in every bucket where calls in flight are bounded. */
class HeldSlots implements Slots {
  #meters: readonly Meter[];

  constructor(meters: readonly Meter[]) {
    this.#meters = meters;
    for (const { bucket, policy } of meters) if (policy.countsInFlight) bucket.inFlight += 1;
  }

  release(): void {
    for (const { bucket, policy } of this.#meters) if (policy.countsInFlight) bucket.inFlight -= 1;
    this.#meters = [];
  }
}

const tightestOf = (meters: readonly Meter[], now: Moment): Quota | undefined => {
  let [tightest, least] = [meters[0], Number.POSITIVE_INFINITY];
  for (const meter of meters) {
    const left = meter.leftOf(now);
    if (left < least) [tightest, least] = [meter, left];
  }
  return least === Number.POSITIVE_INFINITY ? undefined : tightest?.quota(now);
};

/** The refusal with the longest wait: whoever comes back after a shorter one would only be refused by the next. */
const worstOf = (list: readonly Meter[], asked: Asked, now: Moment): GatewayError | undefined => {
  const bounds = list.flatMap((meter) => {
    const bound = meter.boundBy(now);
    return bound === undefined ? [] : [{ meter, bound, seconds: meter.retryAfterSeconds(bound, now) }];
  });
  const [worst] = bounds.sort((one, other) => other.seconds - one.seconds);
  return worst === undefined ? undefined : refusedCall(worst.meter, worst.bound, { asked, now });
};

/**
 * Limits by tool, key, owner, role, server and for the whole gateway. All are asked before any is drawn on, so that a refusal by one
 * takes nothing from the others. What opens a stream is refused here, before the server has heard of it (D02).
 * @throws GatewayError `limit.exceeded` with Retry-After and RateLimit headers, `limit.in-flight`, `limit.streams`
 */
export const buildLimit = ({ limits, buckets, clock, isFull }: LimitNeeds): ((permitted: Permitted) => Admitted) => {
  const meters = new Meters(limits, buckets);
  const take = (list: readonly Meter[], asked: Asked, now: Moment): void => {
    for (const meter of list) {
      const refusal = meter.boundBy(now) === undefined ? undefined : worstOf(list, asked, now);
      if (refusal !== undefined) throw refusal;
    }
    for (const meter of list) {
      meter.take(now);
      if (meter.policy.hasQuota) buckets.drew(meter.bucket);
    }
  };
  return (permitted) => {
    const { call, principal, route } = permitted;
    const now = momentOf(clock.monotonicMs(), permitted.atMs);
    const asked = { principal, server: route.server, tool: toolOf(call) };
    const list = meters.of(asked, now);
    const counted = isCounted(call);
    if (isFull !== undefined && opensStream(call) && isFull(principal.credentialId)) throw tooManyStreams(principal.credentialId);
    if (counted) take(list, asked, now);
    const runs = counted && !opensStream(call) && list.some(({ policy }) => policy.countsInFlight);
    return widen(permitted, { quota: tightestOf(list, now), slots: runs ? new HeldSlots(list) : undefined });
  };
};
