import { z } from 'zod';
import { formatApiKey, type StoredKey } from '../../model/api-key.ts';
import { parsePermission, PermissionSyntaxError } from '../../model/permission.ts';
import { Secret } from '../../model/secret.ts';
import type { Operation } from '../../ports/operation.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 3_650;

const input = z.strictObject({
  name: z.string().trim().min(1).max(200),
  owner: z.string().trim().min(1).max(200),
  permissions: z.array(z.string()).default([]),
  roles: z.array(z.string()).default([]),
  environment: z.enum(['live', 'test']).default('live'),
  /** Days until it expires; 0 = never, which has to be asked for. */
  days: z.number().int().min(0).max(MAX_DAYS).default(90),
});

export interface CreatedKey {
  readonly key: StoredKey;
  /** The secret, this once. */
  readonly secret: Secret;
  readonly warnings: readonly string[];
}

const checkPermissions = (permissions: readonly string[]): void => {
  try {
    for (const text of permissions) parsePermission(text);
  } catch (error) {
    if (error instanceof PermissionSyntaxError) throw new OperationRefused(error.message);
    throw error;
  }
};

/** Makes a key; only its keyed hash is stored, the secret is returned once. */
export const createKey: Operation<'keys create', z.input<typeof input>, CreatedKey, AdminNeeds> = {
  name: 'keys create',
  summary: 'make an API key; the secret is shown once',
  input,
  permission: 'admin:keys',
  run(raw, { store, hasher, world }) {
    const asked = input.parse(raw);
    if (asked.permissions.length + asked.roles.length === 0) throw new OperationRefused('a key without permissions opens nothing: add --allow "server:tool" or --role NAME');
    checkPermissions(asked.permissions);
    const secret = formatApiKey(asked.environment, world.random.bytes(32));
    const now = world.clock.nowMs();
    const key: StoredKey = {
      id: `key_${Buffer.from(world.random.bytes(9)).toString('hex')}`,
      hash: hasher.hash(secret).toString('base64'),
      hint: `${secret.slice(0, 15)}…${secret.slice(-4)}`,
      name: asked.name,
      owner: asked.owner,
      environment: asked.environment,
      roles: asked.roles,
      permissions: asked.permissions,
      createdAtMs: now,
      ...(asked.days === 0 ? {} : { expiresAtMs: now + asked.days * DAY_MS }),
    };
    store.apiKeys.insert(key);
    const warnings = asked.permissions.includes('*') ? ['this key may do everything: name servers and tools instead, such as "crm:get_*"'] : [];
    return { key, secret: new Secret(secret), warnings };
  },
};
