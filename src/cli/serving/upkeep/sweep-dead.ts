import type { DenialList } from '../../../adapters/store/denial-list.ts';
import type { Base } from '../../../planes/base.ts';
import { holderLives } from './holder-lives.ts';

const SWEEP_MS = 1_000;

/** Ends what is held open by credentials that are no good any more: now and then, and as soon as keys, denials or accepted tools have changed. @returns what ends that */
export const beginSweeping = (base: Base, denials: Pick<DenialList, 'refresh'>): readonly (() => void)[] => {
  const { world, store, streams, index, pins } = base;
  const lives = holderLives(base);
  const sweep = (): void => streams.endDead(lives, 'revoked');
  return [
    world.clock.every(SWEEP_MS, sweep),
    store.denials.onChange(() => {
      denials.refresh();
      sweep();
    }),
    store.toolPins.onAccept(() => pins.refresh()),
    store.onChange(() => {
      index.forget();
      sweep();
    }),
  ];
};
