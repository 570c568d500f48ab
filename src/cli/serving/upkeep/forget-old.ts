import type { Keep, Retention } from '../../adapters/audit-sinks/retention.ts';
import type { Config } from '../../config/schema.ts';
import { durationMs } from '../../model/duration.ts';
import { RECORD_CLASSES } from '../../model/trail-record.ts';
import type { World } from '../../ports/world.ts';

/** How long the configuration keeps records, in milliseconds. */
export const keepOf = ({ audit }: Pick<Config, 'audit'>): Keep => Object.fromEntries(RECORD_CLASSES.map((kind) => [kind, durationMs(audit.keep[kind] ?? '')] as const).filter(([, keepMs]) => keepMs !== undefined));

/** Forgets some of the records that are older than the configuration keeps them. What cannot be forgotten now is tried again. */
export const forgetOld = (retention: Retention, config: Config, { clock, log }: Pick<World, 'clock' | 'log'>): void => {
  try {
    retention.step(keepOf(config), clock.nowMs());
  } catch (error) {
    log.error('old records of the audit trail could not be forgotten; it is tried again', { error });
  }
};
