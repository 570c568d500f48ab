import { createHash } from 'node:crypto';
import { GatewayError } from '../../../../../errors/gateway-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../../model/json.ts';
import type { Clock, Random } from '../../../../../ports/world.ts';
import type { ModernRequest } from './modern-request.ts';

/** A human may have to read and think; after that the child is told to stop. */
const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 1_000;
const MOST_KEPT_FOR_ONE = 50;
const HANDLE_BYTES = 32;

/** A call that waits in the child while its caller gathers input. */
export interface Suspendable {
  /** Nobody came back in time. */
  expire(): void;
}

interface Kept<Call> {
  readonly call: Call;
  readonly principalKey: string;
  readonly fingerprint: string;
  readonly cancel: () => void;
}

const sorted = (value: JsonValue): JsonValue =>
  isJsonObject(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)])) : value;

/** What must be equal in a retry: the method and its params, but for those that are made for the retry (MRTR, "Server Requirements" 5). */
const fingerprintOf = ({ call }: ModernRequest): string => {
  const { _meta, inputResponses: _responses, requestState: _state, ...salient }: JsonObject = call.params;
  return createHash('sha256').update(JSON.stringify([call.method, sorted(salient)])).digest('base64');
};

const unknown = (reason: string): GatewayError => new GatewayError('state.unknown', { reason });

/** Calls by the random handle their caller got as `requestState`: for that credential, that call, once, and not for long (RS-15). */
export class SuspendedCalls<Call extends Suspendable> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #kept = new Map<string, Kept<Call>>();

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** @returns the handle, or undefined when too many are kept already */
  keep(call: Call, request: ModernRequest): string | undefined {
    const { principalKey } = request.outbound;
    const own = this.#kept.values().filter((kept) => kept.principalKey === principalKey);
    if (this.#kept.size >= MOST_KEPT || [...own].length >= MOST_KEPT_FOR_ONE) return undefined;
    const handle = Buffer.from(this.#random.bytes(HANDLE_BYTES)).toString('base64url');
    const cancel = this.#clock.after(KEPT_MS, () => {
      this.#kept.delete(handle);
      call.expire();
    });
    this.#kept.set(handle, { call, principalKey, fingerprint: fingerprintOf(request), cancel });
    return handle;
  }

  /** @throws GatewayError `state.unknown`, which leaves the call to its rightful caller */
  take(handle: string, request: ModernRequest): Call {
    const kept = this.#kept.get(handle);
    if (kept === undefined) throw unknown('no call waits under this requestState');
    if (kept.principalKey !== request.outbound.principalKey) throw unknown('the requestState belongs to another credential');
    if (kept.fingerprint !== fingerprintOf(request)) throw unknown('the requestState belongs to another call');
    kept.cancel();
    this.#kept.delete(handle);
    return kept.call;
  }

  close(): void {
    for (const { cancel, call } of this.#kept.values()) {
      cancel();
      call.expire();
    }
    this.#kept.clear();
  }
}
