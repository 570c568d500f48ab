import type { KeyHashing } from '../ports/key-hashing.ts';
import type { Store } from '../ports/store.ts';
import type { World } from '../ports/world.ts';

/** What admin operations may touch. */
export interface AdminNeeds {
  readonly store: Store;
  readonly hasher: KeyHashing;
  readonly world: Pick<World, 'clock' | 'random'>;
}

/** An operation was refused; `message` says why and what to do. */
export class OperationRefused extends Error {}
