import { z } from 'zod';
import { DAY_MS } from '../../model/duration.ts';
import { NO_IDENTITY } from '../../model/principal.ts';
import type { Secret } from '../../model/secret.ts';
import type { Operation } from '../../ports/operation.ts';
import { allLimits, className, keyHours, MAX_DAYS, network, permission, words } from '../keys/key-input.ts';
import { makingWarnings } from '../keys/key-warnings.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { makeKey } from '../keys/make-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  name: words(200),
  /** The person or service it acts for; null: nobody, and the trail says so. */
  owner: words(200).refine((text) => text.toLowerCase() !== NO_IDENTITY, { message: 'is what the trail says of keys without an owner: null makes one, or --no-owner' }).nullable(),
  purpose: words(500).exactOptional(),
  permissions: z.array(permission).max(1_000).default([]),
  roles: z.array(z.string().min(1).max(63)).max(100).default([]),
  environment: z.enum(['live', 'test']).default('live'),
  /** Days until it expires; 0 = never, which has to be asked for. */
  days: z.number().int().min(0).max(MAX_DAYS).default(90),
  networks: z.array(network).min(1).max(100).exactOptional(),
  hours: keyHours.exactOptional(),
  /** Refused in the URL. */
  headerOnly: z.literal(true).exactOptional(),
  limits: allLimits.exactOptional(),
  keyClass: className.exactOptional(),
});

export interface CreatedKey {
  readonly key: ListedKey;
  /** The secret, this once. */
  readonly secret: Secret;
  readonly warnings: readonly string[];
}

type Asked = z.output<typeof input>;

/** What should be said about a key that may be made so. */
const warningsOf = (asked: Asked, known: readonly string[]): readonly string[] => [
  ...makingWarnings(asked),
  ...(asked.owner === null ? ['nobody answers for this key: the trail says "no identity" of its calls; name the person or service it acts for'] : []),
  ...(asked.keyClass === undefined || known.includes(asked.keyClass) ? [] : [`no class ${asked.keyClass} is in the configuration that last ran here (apiKeys.classes): it reminds nobody yet`]),
];

/** Makes a key; only its keyed hash is stored, the secret is returned once. */
export const createKey: Operation<'keys create', z.input<typeof input>, CreatedKey, AdminNeeds> = {
  name: 'keys create',
  summary: 'make an API key; the secret is shown once',
  input,
  permission: 'admin:keys',
  hands: ({ permissions = [], roles = [] }) => [{ permissions, roles }],
  touched: ({ key }) => [key.id],
  run(raw, needs) {
    const asked = readInput(input, raw);
    const { store, world } = needs;
    if (asked.permissions.length + asked.roles.length === 0) throw new OperationRefused('a key without permissions opens nothing: add --allow "server:tool" or --role NAME');
    const { days, owner, ...facts } = asked;
    const now = world.clock.nowMs();
    const { key, secret } = makeKey({ ...facts, owner: owner ?? NO_IDENTITY, ...(days === 0 ? {} : { expiresAtMs: now + days * DAY_MS }) }, needs);
    store.apiKeys.insert(key);
    return { key: listed(key, store, now), secret, warnings: warningsOf(asked, store.keyClasses.list().map(({ name }) => name)) };
  },
};
