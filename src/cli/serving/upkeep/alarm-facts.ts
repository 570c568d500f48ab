import { dueKeys } from '../../../admin/keys/due-keys.ts';
import { expiringKeys } from '../../../admin/keys/expiring-keys.ts';
import { stateOf } from '../../../model/key-state.ts';
import type { Ending, Expiring } from '../../../model/expiring.ts';
import type { SinkState } from '../../../model/sink-state.ts';
import type { Base } from '../../../planes/base.ts';
import type { EndFacts, StateFacts } from '../../../watch/house-facts.ts';

/** Whose states alarms are about. */
export interface FactSources {
  readonly base: () => Base;
  readonly sinks: () => readonly SinkState[];
  readonly certificates: () => readonly Expiring[];
  /** Tokens among the secrets of the configuration. */
  readonly ownTokens: () => readonly Ending[];
}

const MOST_REMINDED = 20;
const MOST_ENDING = 100;
/** What has ended so long ago is no news. */
const AFTER_MS = 86_400_000;

/** What a running gateway knows of itself that somebody should hear of. */
export const alarmFacts = ({ base, sinks, certificates, ownTokens }: FactSources): { readonly state: () => StateFacts; readonly ends: () => EndFacts } => ({
  state() {
    const { store, issuers, certificates: register, staples, failures, world } = base();
    const isQuarantined = (id: string): boolean => {
      const key = store.apiKeys.get(id);
      return key !== undefined && key.successor === undefined && stateOf(key, world.clock.nowMs()) === 'quarantined';
    };
    return { sinks: sinks(), isQuarantined, failing: [...issuers.failing(), ...register.failing(), ...staples.failing(), ...failures.list(world.clock.nowMs())] };
  },
  ends() {
    const { store, world, longTokens } = base();
    const nowMs = world.clock.nowMs();
    const isNews = ({ expiresAtMs }: Ending): boolean => nowMs - expiresAtMs < AFTER_MS;
    return { certificates: certificates(), keys: expiringKeys(store, nowMs, MOST_ENDING), tokens: [...ownTokens(), ...longTokens.ends.filter(isNews)], due: dueKeys(store, nowMs, MOST_REMINDED) };
  },
});
