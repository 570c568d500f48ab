import type { KeyFilter } from '../../admin/keys/select-keys.ts';
import { CliError, EXIT } from '../exit.ts';
import { wholeDays } from './flags.ts';

/** The flags that say which keys are meant. */
export interface FilterFlags {
  readonly owner?: string;
  readonly like?: string;
  readonly environment?: string;
  readonly class?: string;
  readonly state?: string;
  readonly unusedSince?: string;
  readonly olderThan?: string;
}

const STATES = ['active', 'expired', 'revoked', 'disabled', 'quarantined', 'rotated'] as const;
const ENVIRONMENTS = ['live', 'test'] as const;

const oneOf = <Choice extends string>(choices: readonly Choice[], text: string, flag: string): Choice => {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new CliError(`${flag} ${text} is not known`, { exitCode: EXIT.usage, cure: `write one of ${choices.join(', ')}` });
  return found;
};

/** `30` and `30d` alike. */
const daysIn = (text: string, flag: string): number => wholeDays(text.replace(/d$/, ''), flag);

/** The filter that the flags make; empty when there are none. */
export const filterOf = (flags: FilterFlags): KeyFilter => ({
  ...(flags.owner === undefined ? {} : { owner: flags.owner }),
  ...(flags.like === undefined ? {} : { name: flags.like }),
  ...(flags.environment === undefined ? {} : { environment: oneOf(ENVIRONMENTS, flags.environment, '--environment') }),
  ...(flags.class === undefined ? {} : { keyClass: flags.class }),
  ...(flags.state === undefined ? {} : { state: oneOf(STATES, flags.state, '--state') }),
  ...(flags.unusedSince === undefined ? {} : { unusedDays: daysIn(flags.unusedSince, '--unused-since') }),
  ...(flags.olderThan === undefined ? {} : { olderThanDays: daysIn(flags.olderThan, '--older-than') }),
});
