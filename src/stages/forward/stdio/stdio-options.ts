import type { Secret } from '../../../model/secret.ts';
import type { World } from '../../../ports/world.ts';

/** How a crashed child comes back: immediately once, then slower and slower, then only now and then (I03). */
export interface RestartOptions {
  /** Delay after the second failure in a row; it doubles with each further one. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** After this many failures in a row the circuit opens. */
  readonly failuresBeforeOpen: number;
  /** How long an open circuit refuses before it lets one attempt through. */
  readonly coolDownMs: number;
  /** A child that ran this long counts as healthy: its end starts the count of failures anew. */
  readonly stableAfterMs: number;
}

/** What an operator configures about one stdio server; nothing here is ever taken from a network caller (I01). */
export interface StdioOptions {
  /** The server's name in config: for logs and errors. */
  readonly server: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the allow-listed environment; secret values are masked in everything the child prints. */
  readonly env: Readonly<Record<string, Secret | string>>;
  /** The gateway's own environment, of which only the allow-list is passed on (I05). */
  readonly inheritEnv: Readonly<Record<string, string | undefined>>;
  /** A longer line ends the child (I02, D07). */
  readonly maxLineBytes?: number;
  /** How long one start may take, including what a package runner downloads. */
  readonly startTimeoutMs?: number;
  readonly restart?: RestartOptions;
}

/** Options with every choice made. */
export type StdioSettings = Required<Omit<StdioOptions, 'cwd'>> & Pick<StdioOptions, 'cwd'>;

export type StdioNeeds = Pick<World, 'clock' | 'random' | 'log'>;

const defaults = {
  maxLineBytes: 16 * 1024 * 1024,
  startTimeoutMs: 60_000,
  restart: { firstDelayMs: 500, longestDelayMs: 30_000, failuresBeforeOpen: 5, coolDownMs: 30_000, stableAfterMs: 30_000 },
};

/** Fills in what the operator had no opinion about. */
export const stdioSettings = (options: StdioOptions): StdioSettings => ({ ...defaults, ...options });
