import { crc32 } from 'node:zlib';
import type { Hours } from './hours.ts';

/**
 * The format of our keys: `sally_live_` or `sally_test_`, 43 base62 characters (256 random bits), 6 base62 characters
 * of CRC-32 over all that stands before them. A wrong checksum is refused before any look-up (attacks.md K02), and
 * scanners recognise a leaked key without asking us (R86).
 */
export const API_KEY_PATTERN = /^sally_(live|test)_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/;

export type KeyEnvironment = 'live' | 'test';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;

const toBase62 = (value: bigint, length: number): string => {
  let rest = value;
  let text = '';
  for (let at = 0; at < length; at += 1) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
};

const checksum = (text: string): string => toBase62(BigInt(crc32(text)), CHECKSUM_LENGTH);

/**
 * Makes a new key.
 * @param random 32 random bytes
 */
export const formatApiKey = (environment: KeyEnvironment, random: Uint8Array): string => {
  if (random.length !== 32) throw new RangeError(`an API key needs 32 random bytes, not ${String(random.length)}`);
  const secret = toBase62(BigInt(`0x${Buffer.from(random).toString('hex')}`), SECRET_LENGTH);
  const head = `sally_${environment}_${secret}`;
  return head + checksum(head);
};

/** What the text of a presented key says by itself: not ours, ours but mistyped, or ours. */
export type KeyShape = { readonly kind: 'foreign' } | { readonly kind: 'damaged' } | { readonly kind: 'sound'; readonly environment: KeyEnvironment };

/** Judges a presented key without any look-up. */
export const inspectApiKey = (text: string): KeyShape => {
  if (!text.startsWith('sally_')) return { kind: 'foreign' };
  const match = API_KEY_PATTERN.exec(text);
  if (!match) return { kind: 'damaged' };
  const head = text.slice(0, -CHECKSUM_LENGTH);
  if (checksum(head) !== text.slice(-CHECKSUM_LENGTH)) return { kind: 'damaged' };
  return { kind: 'sound', environment: match[1] === 'test' ? 'test' : 'live' };
};

/** What the ids of keys of `MCP_API_KEYS` begin with. */
export const CONFIGURED_KEY_ID = 'env_';

/** How often and how much one key may call; what is absent is not limited by the key itself. */
export interface KeyLimits {
  readonly perSecond?: number;
  readonly burst?: number;
  readonly perDay?: number;
  readonly perMonth?: number;
  /** Calls at the same time. */
  readonly inFlight?: number;
}

/** A key as it is stored: a keyed hash in place of the secret. */
export interface StoredKey {
  readonly id: string;
  /** HMAC-SHA-256 of the key's SHA-256 under the data directory's hash key, base64. */
  readonly hash: string;
  /** Prefix and last four characters, to recognise it by. */
  readonly hint: string;
  readonly name: string;
  /** The person or service it acts for. */
  readonly owner: string;
  readonly environment: KeyEnvironment;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
  /** What it was made for, in the maker's words. */
  readonly purpose?: string;
  /** CIDR ranges it may be used from; absent = from anywhere. */
  readonly networks?: readonly string[];
  readonly hours?: Hours;
  /** Refused in the URL, where histories, proxies and referrers keep it (D7). */
  readonly headerOnly?: true;
  readonly limits?: KeyLimits;
  /** The class of `apiKeys.classes` whose rotation policy it follows. */
  readonly keyClass?: string;
  /** Switched off for a while; it can be switched on again. */
  readonly disabledAtMs?: number;
  /** Reported as leaked: refused until it is released. */
  readonly quarantinedAtMs?: number;
  /** How often it was reported as leaked, and when last: facts that no release takes back (D14). */
  readonly leakReports?: number;
  readonly leakReportedAtMs?: number;
  /** The key it took over from, and the one that takes over from it. */
  readonly predecessor?: string;
  readonly successor?: string;
  /** Rotated: refused from then on, while its successor goes on. */
  readonly overlapEndsAtMs?: number;
}

/** A key written by the operator in `MCP_API_KEYS`, or its SHA-256 there (D8). */
export interface ConfiguredKey {
  readonly key: { readonly kind: 'plain'; readonly text: string } | { readonly kind: 'sha256'; readonly hex: string };
  readonly name: string;
  readonly userId: string;
  readonly role?: string;
  readonly group?: string;
  readonly permissions: readonly string[];
  readonly expiresAtMs?: number;
}
