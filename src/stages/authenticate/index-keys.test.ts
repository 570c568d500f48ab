import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import type { ConfiguredKey, StoredKey } from '../../model/api-key.ts';
import { parsePermission } from '../../model/permission.ts';
import { indexKeys, type KeySources } from './index-keys.ts';
import { KeyHasher, type IndexedKey } from './key-index.ts';

const hasher = new KeyHasher(Buffer.alloc(32, 7));

const STORED: StoredKey = { id: 'key_1', hash: hasher.hash('k').toString('base64'), hint: 'sally_live_aaaa…zzzz', name: 'Sync', owner: 'alice', environment: 'live', roles: [], permissions: ['crm:get_*'], createdAtMs: 1 };
const CONFIGURED: ConfiguredKey = { key: { kind: 'plain', text: 'connector-key' }, name: 'ChatGPT Connector', userId: 'connector-user', role: 'user', permissions: ['*'] };

const one = (sources: Partial<KeySources>): IndexedKey => {
  const [first, ...more] = indexKeys({ stored: [], configured: [], roles: new Map(), ...sources }, hasher);
  assert.ok(first !== undefined && more.length === 0);
  return first;
};

const may = ({ principal }: IndexedKey, tool: string): string | undefined => principal.permissions.find('crm', 'tool', tool)?.from;

suite('A stored key', () => {
  test('is indexed under its hash, as its owner', () => {
    const { hash, principal, ...rest } = one({ stored: [STORED] });
    assert.deepEqual(hash, hasher.hash('k'));
    assert.deepEqual(rest, { environment: 'live', revoked: false, guessable: false });
    const { permissions, ...facts } = principal;
    assert.deepEqual(facts, { subject: 'alice', name: 'Sync', method: 'api-key', credentialId: 'key_1', roles: [] });
    assert.deepEqual(permissions.texts(), ['crm:get_*']);
  });

  test('is revoked and expires as the store says', () => {
    assert.equal(one({ stored: [{ ...STORED, revokedAtMs: 0 }] }).revoked, true);
    assert.equal(one({ stored: [{ ...STORED, expiresAtMs: 5 }] }).principal.expiresAtMs, 5);
    assert.equal('expiresAtMs' in one({ stored: [STORED] }).principal, false);
  });
});

suite('A configured key', () => {
  test('is indexed as the founding documents describe it, and is guessable (R4, K12)', () => {
    const { hash, principal, ...rest } = one({ configured: [{ ...CONFIGURED, group: 'Engineering', expiresAtMs: 9 }] });
    assert.deepEqual(hash, hasher.hash('connector-key'));
    assert.deepEqual(rest, { revoked: false, guessable: true });
    const { permissions, credentialId, ...facts } = principal;
    assert.deepEqual(facts, { subject: 'connector-user', name: 'ChatGPT Connector', method: 'api-key', roles: ['user'], group: 'Engineering', expiresAtMs: 9 });
    assert.deepEqual(permissions.texts(), ['*']);
    assert.equal(credentialId, `env_${hash.toString('hex').slice(0, 16)}`);
  });

  test('has the same id after a restart, and one that does not help to find the key', () => {
    const [first, again, other] = [one({ configured: [CONFIGURED] }), one({ configured: [CONFIGURED] }), one({ configured: [{ ...CONFIGURED, key: { kind: 'plain', text: 'x' } }] })];
    assert.equal(first.principal.credentialId, again.principal.credentialId);
    assert.notEqual(first.principal.credentialId, other.principal.credentialId);
    assert.equal(createHash('sha256').update('connector-key').digest('hex').includes(first.principal.credentialId.slice(4)), false);
  });

  test('that is written as its SHA-256 opens for the key itself (D8)', () => {
    const hex = createHash('sha256').update('connector-key').digest('hex');
    const hashed = one({ configured: [{ ...CONFIGURED, key: { kind: 'sha256', hex } }] });
    const plain = one({ configured: [CONFIGURED] });
    assert.deepEqual([hashed.hash, hashed.principal.credentialId], [plain.hash, plain.principal.credentialId]);
    assert.notDeepEqual(hashed.hash, hasher.hash(hex));
  });

  test('without group or role has neither', () => {
    const { role: _role, ...plain } = CONFIGURED;
    const { principal } = one({ configured: [plain] });
    assert.deepEqual(['group' in principal, principal.roles], [false, []]);
  });
});

suite('The permissions of a key', () => {
  const roles = new Map([['reader', [parsePermission('crm:get_*')]], ['eraser', [parsePermission('crm:delete_*')]]]);

  test('are its own and those of its roles, each with where it comes from', () => {
    const key = one({ stored: [{ ...STORED, permissions: ['crm:list'], roles: ['reader', 'eraser'] }], roles });
    assert.deepEqual(['list', 'get_x', 'delete_x', 'put_x'].map((tool) => may(key, tool)), ['key', 'role reader', 'role eraser', undefined]);
    assert.equal(may(one({ configured: [{ ...CONFIGURED, role: 'reader', permissions: [] }], roles }), 'get_x'), 'role reader');
  });

  test('are none for a role that is not configured: nothing is granted by a name (R4 "user")', () => {
    const key = one({ configured: [{ ...CONFIGURED, permissions: [], role: 'admin' }], roles });
    assert.deepEqual([may(key, 'get_x'), key.principal.roles], [undefined, ['admin']]);
    assert.equal(may(one({ stored: [{ ...STORED, permissions: [], roles: ['constructor'] }], roles }), 'get_x'), undefined);
  });
});

suite('A principal', () => {
  test('is shared by all requests of its key, hence frozen', () => {
    for (const key of [one({ stored: [STORED] }), one({ configured: [CONFIGURED] })]) assert.ok(Object.isFrozen(key.principal));
  });

  test('is made for each key, stored ones first', () => {
    assert.deepEqual(indexKeys({ stored: [STORED], configured: [CONFIGURED], roles: new Map() }, hasher).map(({ guessable }) => guessable), [false, true]);
  });
});
