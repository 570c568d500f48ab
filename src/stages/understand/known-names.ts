import type { JsonObject } from '../../model/json.ts';
import { refusal } from './refusal.ts';

/** No member that MCP names is longer; beyond this, folding would only cost time. */
const LONGEST_NAME = 256;
/** Nor has any place of a message nearly as many. */
const MOST_NAMES = 256;

/**
 * What a tolerant reader may take a member name for: case-insensitive ones fold it (Go's encoding/json, and Java by way of
 * upper case), others accept snake_case for camelCase, compare full-width forms alike or ignore zero-width characters and
 * accents (CVE-2026-27896).
 */
const fold = (name: string): string =>
  name
    .normalize('NFKD')
    .toUpperCase()
    .replaceAll(/[\p{M}\p{P}\p{S}\p{Z}\p{C}]/gu, '');

/** The member names that are read in one place of a message. */
export class KnownNames {
  readonly #place: string;
  readonly #names: ReadonlySet<string>;
  readonly #folded: ReadonlySet<string>;

  /** @param place how refusals call it, such as `params` */
  constructor(place: string, names: readonly string[]) {
    this.#place = place;
    this.#names = new Set(names);
    this.#folded = new Set(names.map(fold));
  }

  /**
   * Lets unknown members pass unless another reader could take them for known ones.
   * @throws GatewayError `rpc.invalid` (attacks.md N02)
   */
  refuseLookalikes(object: JsonObject): void {
    const names = Object.keys(object);
    if (names.length > MOST_NAMES) throw refusal('rpc.invalid', `more than ${MOST_NAMES} members in ${this.#place}`);
    for (const name of names) {
      if (this.#names.has(name)) continue;
      if (name.length > LONGEST_NAME) throw refusal('rpc.invalid', `a member name of over ${LONGEST_NAME} characters in ${this.#place}`);
      if (this.#folded.has(fold(name))) throw refusal('rpc.invalid', `a member of ${this.#place} that differs from a known one in spelling only`);
    }
  }

  /**
   * Lets no unknown member pass.
   * @throws GatewayError `rpc.invalid` (attacks.md N02)
   */
  refuseOthers(object: JsonObject): void {
    for (const name of Object.keys(object)) if (!this.#names.has(name)) throw refusal('rpc.invalid', `an unknown member of ${this.#place}`);
  }
}
