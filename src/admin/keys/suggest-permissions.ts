import { DAY_MS } from '../../model/duration.ts';
import type { StoredKey } from '../../model/api-key.ts';
import { parsePermission, permissionFor } from '../../model/permission/permission.ts';
import type { TargetUse } from '../../ports/key-use.ts';
import type { Store } from '../../ports/store.ts';

export interface Suggestion {
  readonly id: string;
  readonly days: number;
  /** Tools that were called in those days. */
  readonly usedTools: number;
  /** Tools the key may use, as far as is known here: absent when it has roles, which stand in the configuration, or no server was asked yet. */
  readonly allowedTools?: number;
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
  /** What covers all that was used, and nothing else; empty when nothing was. */
  readonly suggested: readonly string[];
}

const KINDS: ReadonlyMap<string, 'tool' | 'resource' | 'prompt'> = new Map([['tools/call', 'tool'], ['resources/read', 'resource'], ['prompts/get', 'prompt']]);

/** A name that a permission can hold word for word: `*` would widen it, and white space is not in the grammar. */
const isPlain = (target: string): boolean => !/[\s*]/.test(target) && target !== 'others';

const permissionOf = ({ server, call, target }: TargetUse): readonly string[] => {
  const kind = KINDS.get(call);
  return kind === undefined || !isPlain(target) ? [] : [permissionFor(server, { kind, name: target })];
};

const allowedTools = (key: StoredKey, store: Store): number | undefined => {
  const known = store.keyUse.tools();
  if (key.roles.length > 0 || known.length === 0) return undefined;
  const permissions = key.permissions.map(parsePermission);
  return known.flatMap(({ server, tools }) => tools.filter((tool) => permissions.some((permission) => permission.covers(server, 'tool', tool)))).length;
};

/** The rights to administer of a key that did: which of them an operation asked for is not in the count. */
const administrative = ({ permissions }: StoredKey, targets: readonly TargetUse[]): readonly string[] =>
  targets.some(({ call }) => call.startsWith('admin/')) ? permissions.filter((text) => text.startsWith('admin:')) : [];

/** What a key used lately, and the permissions that would have been enough (R66). */
export const suggestPermissions = (key: StoredKey, store: Store, { days, nowMs }: { readonly days: number; readonly nowMs: number }): Suggestion => {
  const targets = store.keyUse.targetsOf(key.id, Math.floor((nowMs - days * DAY_MS) / DAY_MS) + 1);
  const allowed = allowedTools(key, store);
  return {
    id: key.id,
    days,
    usedTools: targets.filter(({ call }) => call === 'tools/call').length,
    ...(allowed === undefined ? {} : { allowedTools: allowed }),
    permissions: key.permissions,
    roles: key.roles,
    suggested: [...new Set([...targets.flatMap(permissionOf), ...administrative(key, targets)])].toSorted(),
  };
};
