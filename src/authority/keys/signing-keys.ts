import { createECDH, hash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { DAY_MS } from '../../model/duration.ts';
import type { AuthorityStore, SealedKey } from '../../ports/authority-store.ts';
import type { World } from '../../ports/world.ts';
import type { Sealing } from './sealing.ts';

/** How long a key signs. */
const PERIOD_MS = 30 * DAY_MS;
/** How long the next one is published before it signs: longer than anybody keeps a key set. */
const AHEAD_MS = 2 * DAY_MS;
/** How long the former one is published after it has signed its last: longer than any token lives. */
const KEPT_MS = 2 * DAY_MS;

/** How often it is looked whether a key is due, by this process or another. */
const LOOK_EVERY_MS = 60_000;

/** Keys as the provider takes them, the one that signs first. */
export interface SigningSet {
  readonly keys: readonly JsonObject[];
  readonly published: readonly JsonObject[];
}

/** A private P-256 key of random bytes (RFC 7518 §6.2); its kid is its thumbprint (RFC 7638). */
const newKey = (random: World['random']): { readonly publicKey: JsonObject; readonly privateKey: JsonObject; readonly keyId: string } => {
  const curve = createECDH('prime256v1');
  // `setPrivateKey` refuses zero and what is beyond the order; one in 2^32 is drawn again.
  const draw = (): Buffer => {
    const bytes = Buffer.from(random.bytes(32));
    try {
      curve.setPrivateKey(bytes);
      return bytes;
    } catch {
      return draw();
    }
  };
  const d = draw().toString('base64url');
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const keyId = hash('sha256', JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }), 'base64url');
  const publicKey = { kty: 'EC', crv: 'P-256', x, y, kid: keyId, alg: 'ES256', use: 'sig' };
  return { publicKey, privateKey: { ...publicKey, d }, keyId };
};

/**
 * The keys that sign the gateway's own tokens: made when there is none, replaced every 30 days, the next one published two days ahead and
 * the former one two days longer, so no verifier ever meets a key it could not have known.
 */
export class SigningKeys {
  readonly #store: AuthorityStore['keys'];
  readonly #sealing: Sealing;
  readonly #world: Pick<World, 'clock' | 'random' | 'log'>;
  #known: SigningSet | undefined;
  #lookedAtMs = 0;

  constructor(store: AuthorityStore['keys'], sealing: Sealing, world: Pick<World, 'clock' | 'random' | 'log'>) {
    [this.#store, this.#sealing, this.#world] = [store, sealing, world];
  }

  /** The keys of now; the same object until they change. @throws Error when a key cannot be opened */
  current(): SigningSet {
    const nowMs = this.#world.clock.nowMs();
    if (this.#known !== undefined && Math.abs(nowMs - this.#lookedAtMs) < LOOK_EVERY_MS) return this.#known;
    const next = this.#look(nowMs);
    this.#lookedAtMs = nowMs;
    if (this.#known === undefined || JSON.stringify(this.#known.published) !== JSON.stringify(next.published)) this.#known = next;
    return this.#known;
  }

  /** Makes what is due and lets go of what is over. */
  #look(nowMs: number): SigningSet {
    this.#make(nowMs);
    this.#drop(nowMs);
    const stored = this.#store.list();
    const signing = stored.findLast(({ signsFromMs }) => signsFromMs <= nowMs) ?? stored[0];
    // The former ones need their public half only, but the provider takes whole keys.
    const ordered = [...stored.filter((key) => key === signing), ...stored.filter((key) => key !== signing)];
    return { keys: ordered.map((key) => this.#open(key)), published: ordered.map(({ publicKey }) => publicKey) };
  }

  #make(nowMs: number): void {
    const newest = this.#store.list().at(-1);
    if (newest !== undefined && nowMs < newest.signsFromMs + PERIOD_MS - AHEAD_MS) return;
    const { publicKey, privateKey, keyId } = newKey(this.#world.random);
    const signsFromMs = newest === undefined ? nowMs : Math.max(newest.signsFromMs + PERIOD_MS, nowMs + AHEAD_MS);
    const made = this.#store.add({ generation: (newest?.generation ?? 0) + 1, keyId, publicKey, sealed: this.#sealing.seal(JSON.stringify(privateKey), keyId), signsFromMs });
    if (made) this.#world.log.info('a signing key was made', { keyId, signsFrom: new Date(signsFromMs).toISOString() });
  }

  #drop(nowMs: number): void {
    for (const [at, key] of this.#store.list().entries()) {
      const successor = this.#store.list()[at + 1];
      if (successor !== undefined && successor.signsFromMs + KEPT_MS <= nowMs) this.#store.drop(key.generation);
    }
  }

  #open({ sealed, keyId }: SealedKey): JsonObject {
    const key = JSON.parse(this.#sealing.open(sealed, keyId)) as JsonValue; // a JSON text gives a JSON value
    if (!isJsonObject(key)) throw new Error('a signing key is none');
    return key;
  }
}
