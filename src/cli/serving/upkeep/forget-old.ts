import type { Keep, Retention } from '../../../adapters/audit-sinks/retention.ts';
import type { Config } from '../../../config/schema.ts';
import { durationMs } from '../../../model/duration.ts';
import { RECORD_CLASSES } from '../../../model/trail-record.ts';
import type { World } from '../../../ports/world.ts';

/** How long the configuration keeps records, in milliseconds. */
export const keepOf = ({ audit }: Pick<Config, 'audit'>): Keep => Object.fromEntries(RECORD_CLASSES.map((kind) => [kind, durationMs(audit.keep[kind] ?? '')] as const).filter(([, keepMs]) => keepMs !== undefined));

/** How often it is looked whether records are old enough to be forgotten, a bounded number at a time. */
const RETENTION_MS = 2_000;

/** Forgets some of the records that are older than the configuration keeps them. What cannot be forgotten now is tried again. */
export const forgetOld = (retention: Retention, config: Config, { clock, log }: Pick<World, 'clock' | 'log'>): void => {
  try {
    retention.step(keepOf(config), clock.nowMs());
  } catch (error) {
    log.error('old records of the audit trail could not be forgotten; it is tried again', { error });
  }
};

/** Forgets now and then, by the configuration in force. @returns what ends that */
export const beginForgetting = (retention: Retention, config: () => Config, world: Pick<World, 'clock' | 'log'>): (() => void) => world.clock.every(RETENTION_MS, () => forgetOld(retention, config(), world));
