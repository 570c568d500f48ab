import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredKey } from '../../model/api-key.ts';
import type { TargetUse } from '../../ports/key-use.ts';
import type { Store } from '../../ports/store.ts';
import { suggestPermissions } from './suggest-permissions.ts';

const KEY: StoredKey = { id: 'key_1', hash: '', hint: '', name: 'ops', owner: 'ops', environment: 'live', roles: [], permissions: ['admin:keys', 'crm:*'], createdAtMs: 0 };

const suggestedFor = (...targets: readonly Pick<TargetUse, 'server' | 'call' | 'target'>[]): readonly string[] => {
  const keyUse = { tools: () => [], targetsOf: () => targets };
  return suggestPermissions(KEY, { keyUse } as unknown as Store, { days: 30, nowMs: 0 }).suggested; // of a store only the use of keys is asked for
};

test('a key that administers is not advised to lose the right, and one that does not is', () => {
  const called = { server: 'crm', call: 'tools/call', target: 'get_customer' };
  assert.deepEqual(suggestedFor(called, { server: 'admin', call: 'admin/keys/list', target: '' }), ['admin:keys', 'crm:get_customer']);
  assert.deepEqual(suggestedFor(called), ['crm:get_customer']);
});
