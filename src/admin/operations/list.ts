import { createKey } from './create-key.ts';
import { listKeys } from './list-keys.ts';
import { revokeKey } from './revoke-key.ts';

/** Every admin action. To add one: its file, and its line here. */
export const operations = [createKey, listKeys, revokeKey] as const;
