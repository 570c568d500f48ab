import { z } from 'zod';
import { DAY_MS } from '../../model/duration.ts';
import type { StoredKey } from '../../model/api-key.ts';
import { stateOf } from '../../model/key-state.ts';
import type { Secret } from '../../model/secret.ts';
import type { KeyCaller, TargetUse } from '../../ports/key-use.ts';
import type { Operation } from '../../ports/operation.ts';
import { raiseLeak } from '../alarms/raise-leak.ts';
import { keysInText, type KeysInText } from '../keys/keys-in-text.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

/** How much text one report takes: a page of a log, not the log. */
export const MOST_CHARACTERS = 1_000_000;

/** How many keys one report takes: its answer is held whole. */
const MOST_KEYS = 1_000;

const input = z.strictObject({
  /** The key as it was found, or the text around it: the one input of all operations that holds secrets. */
  text: z.string().max(MOST_CHARACTERS),
  /** How far back its use is told. */
  days: z.number().int().min(1).max(90).default(90),
});

/** A key that was found, with who used it for what. */
export interface LeakedKey {
  readonly key: ListedKey;
  readonly callers: readonly KeyCaller[];
  readonly targets: readonly TargetUse[];
}

export interface LeakReport {
  readonly keys: readonly LeakedKey[];
  /** How many keys of our form are not stored here. */
  readonly unknown: number;
  /** How many begin like a key and have a wrong checksum. */
  readonly damaged: number;
}

/** @throws OperationRefused, which never repeats the text, when there is nothing to look for */
const checkFound = ({ sound, damaged }: KeysInText): void => {
  if (sound.length > MOST_KEYS) throw new OperationRefused(`the text holds more than ${String(MOST_KEYS)} keys: report it in parts`);
  if (sound.length > 0) return;
  if (damaged > 0) throw new OperationRefused('this has the form of our keys and a wrong checksum: no such key was ever made; copy all of it');
  throw new OperationRefused('this holds no key of the form sally_live_… or sally_test_…: a key of MCP_API_KEYS is taken out there, and another product\'s key is revoked there');
};

/** Counts the report, and refuses the key from now on if anything was still open to it. */
const quarantine = (secret: Secret, { store, hasher, world }: AdminNeeds): StoredKey | undefined => {
  const key = store.apiKeys.findByHash(hasher.hash(secret.reveal()).toString('base64'));
  if (key === undefined) return undefined;
  const nowMs = world.clock.nowMs();
  const reported: StoredKey = {
    ...key,
    leakReports: (key.leakReports ?? 0) + 1,
    leakReportedAtMs: nowMs,
    ...(key.revokedAtMs === undefined && key.quarantinedAtMs === undefined ? { quarantinedAtMs: nowMs } : {}),
  };
  store.apiKeys.replace(reported);
  if (stateOf(reported, nowMs) === 'quarantined') raiseLeak(reported, { store, world });
  return reported;
};

/** Puts keys that were found somewhere in quarantine at once, and answers who used them since when, from where and for what. */
export const reportLeak: Operation<'leaks report', z.input<typeof input>, LeakReport, AdminNeeds> = {
  name: 'leaks report',
  summary: 'quarantine the keys in a text that was found where it should not be, and say who used them',
  input,
  permission: 'admin:keys',
  http: { method: 'POST', path: '/api/leaks' },
  // It only takes away, and whoever reports a key need not hold what it may do.
  hands: () => [],
  touched: ({ keys }) => keys.map(({ key }) => key.id),
  run(raw, needs) {
    const { text, days } = readInput(input, raw);
    const found = keysInText(text);
    checkFound(found);
    const { store, world } = needs;
    const known = store.transaction(() => found.sound.map((secret) => quarantine(secret, needs)).filter((key) => key !== undefined));
    const nowMs = world.clock.nowMs();
    const since = nowMs - days * DAY_MS;
    const keys = known.map((key) => ({ key: listed(key, store, nowMs), callers: store.keyUse.callersOf(key.id, since), targets: store.keyUse.targetsOf(key.id, Math.floor(since / DAY_MS)) }));
    return { keys, unknown: found.sound.length - known.length, damaged: found.damaged };
  },
};
