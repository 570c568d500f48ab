import type { ChangeHub } from '../changes/change-hub.ts';
import type { LogLevels } from '../child/log-levels.ts';
import type { Supervisor } from '../child/supervisor.ts';
import type { StdioNeeds, StdioSettings } from '../stdio-options.ts';

/** What both eras serve from: one child and what is counted over all its callers. */
export interface BridgeParts {
  readonly settings: StdioSettings;
  readonly needs: StdioNeeds;
  readonly supervisor: Supervisor;
  readonly hub: ChangeHub;
  readonly logLevels: LogLevels;
}
