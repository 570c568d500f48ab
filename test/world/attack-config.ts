import type { CanaryUpstream } from './canary-upstream.ts';
import type { Command } from './running-process.ts';

/** The gateway's own credential at the server `alpha`. */
export const ALPHA_TOKEN = 'upstream-credential-7f3a91c2'; // sallyport-scan: allow, it opens nothing

/** What callers may hold, by what it may do. */
export const KEYS = {
  full: 'full-key-0123456789abcdef01',
  /** Some tools, prompts and resources of `alpha`. */
  reader: 'reader-key-0123456789abcdef',
  other: 'other-key-0123456789abcdef0',
  /** Good, and without any permission. */
  nothing: 'nothing-key-0123456789abcde',
  expired: 'expired-key-0123456789abcde',
} as const;

type Entry = { readonly name: string; readonly userId: string; readonly role?: string; readonly group?: string; readonly permissions: readonly string[]; readonly expiresAt?: string };

const ENTRIES: Readonly<Record<string, Entry>> = {
  [KEYS.full]: { name: 'Full', userId: 'full@company.com', permissions: ['*'] },
  [KEYS.reader]: { name: 'Reader', userId: 'reader@company.com', role: 'reader', permissions: [] },
  [KEYS.other]: { name: 'Other', userId: 'other@company.com', permissions: ['alpha:*', 'beta:*', 'child:*'] },
  [KEYS.nothing]: { name: 'Nothing', userId: 'nothing@company.com', permissions: [] },
  [KEYS.expired]: { name: 'Expired', userId: 'expired@company.com', permissions: ['*'], expiresAt: '2026-01-01T00:00:00Z' },
};

export const keysVariable = (more: Readonly<Record<string, Entry>> = {}): string => JSON.stringify({ ...ENTRIES, ...more });

export const ROLES: Readonly<Record<string, readonly string[]>> = { reader: ['alpha:get_thing', 'alpha:resource/doc://open/*', 'alpha:prompt/greet'] };

type Section = Readonly<Record<string, unknown>>;

export type WorldOptions = {
  readonly listen?: Section;
  readonly limits?: Section;
  readonly roles?: Section;
  readonly permissions?: Section;
  readonly rules?: readonly Section[];
  readonly issuers?: Section;
  /** Further sections of the file. */
  readonly more?: Section;
  /** Added to the section of the file that is called so. */
  readonly apiKeys?: Section;
  readonly people?: Section;
  /** Servers besides `alpha`, `beta` and `staging`, which are the canary. */
  readonly servers?: Section;
  /** What the entry of `alpha` says more. */
  readonly alpha?: Section;
  readonly keys?: Readonly<Record<string, Entry>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Starts the gateway by another command that ends up being it. */
  readonly wrap?: (command: Command) => Command;
};

/** The configuration file of a world. JSON is YAML, too. */
export function configText({ listen, limits, roles, permissions, rules, issuers, more, apiKeys, people, servers, alpha, port, canary }: WorldOptions & { readonly port: number; readonly canary: Pick<CanaryUpstream, 'url'> }): string {
  return JSON.stringify({
    listen: { port, ...listen },
    metrics: { enabled: false },
    log: { level: 'warn' },
    ...(apiKeys === undefined ? {} : { apiKeys }),
    ...(people === undefined ? {} : { people }),
    limits: { ...limits },
    roles: { ...ROLES, ...roles },
    ...(permissions === undefined ? {} : { permissions }),
    ...(rules === undefined ? {} : { rules }),
    ...(issuers === undefined ? {} : { issuers }),
    ...more,
    servers: {
      // The canary says something else of its tools in many tests that are not about that.
      alpha: { url: canary.url('alpha'), headers: { Authorization: 'env:ALPHA_TOKEN' }, toolChanges: 'ignore', ...alpha },
      beta: { url: canary.url('beta'), toolChanges: 'ignore' },
      staging: { url: canary.url('staging'), environment: 'test', toolChanges: 'ignore' },
      ...servers,
    },
  });
}
