import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import type { ConfiguredKey, StoredKey } from '../../model/api-key.ts';
import { parsePermission } from '../../model/permission/permission.ts';
import { buildStoredKeys, indexConfigured, indexStored, type Person, type Rights } from './index-keys.ts';
import { KeyHasher, type IndexedKey } from './key-index.ts';

const hasher = new KeyHasher(Buffer.alloc(32, 7));

const STORED: StoredKey = { id: 'key_1', hash: hasher.hash('k').toString('base64'), hint: 'sally_live_aaaa…zzzz', name: 'Sync', owner: 'alice', environment: 'live', roles: [], permissions: ['crm:get_*'], createdAtMs: 1 };
const CONFIGURED: ConfiguredKey = { key: { kind: 'plain', text: 'connector-key' }, name: 'ChatGPT Connector', userId: 'connector-user', role: 'user', permissions: ['*'] };

interface Sources extends Partial<Rights> {
  readonly stored?: readonly StoredKey[];
  readonly configured?: readonly ConfiguredKey[];
}

const one = ({ stored = [], configured = [], roles = new Map(), people = new Map(), readPermission = parsePermission }: Sources): IndexedKey => {
  const rights = { roles, people, readPermission };
  const [first, ...more] = [...stored.map((key) => indexStored(key, rights)), ...configured.map((key) => indexConfigured(key, rights, hasher))];
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
    assert.deepEqual(facts, { subject: 'alice', name: 'Sync', method: 'api-key', credentialId: 'key_1', roles: [], groups: [] });
    assert.deepEqual(permissions.texts(), ['crm:get_*']);
  });

  test('is revoked and expires as the store says', () => {
    assert.equal(one({ stored: [{ ...STORED, revokedAtMs: 0 }] }).revoked, true);
    assert.equal(one({ stored: [{ ...STORED, expiresAtMs: 5 }] }).principal.expiresAtMs, 5);
    assert.equal('expiresAtMs' in one({ stored: [STORED] }).principal, false);
  });
});

suite('What a key was given of its own', () => {
  test('makes it narrow; only an entry that was given neither permissions nor roles is the whole of its person (D2)', () => {
    assert.equal(one({ stored: [STORED] }).principal.whole, undefined);
    assert.equal(one({ stored: [{ ...STORED, permissions: [], roles: ['reader'] }] }).principal.whole, undefined);
    assert.equal(one({ configured: [{ ...CONFIGURED, permissions: [] }] }).principal.whole, undefined);
    const { role: _role, ...roleless } = CONFIGURED;
    assert.equal(one({ configured: [roleless] }).principal.whole, undefined);
    assert.equal(one({ configured: [{ ...roleless, permissions: [] }] }).principal.whole, true);
  });

  test('stays narrow when its owner loses the one role it has', () => {
    const people = new Map([['alice', { disabled: false, groups: [], roles: ['other'] }]]);
    const { principal } = one({ stored: [{ ...STORED, permissions: [], roles: ['reader'] }], people });
    assert.deepEqual([principal.roles, principal.whole, principal.ownerRoles], [[], undefined, ['other']]);
  });
});

suite('A configured key', () => {
  test('is indexed as the founding documents describe it, and is guessable (R4, K12)', () => {
    const { hash, principal, ...rest } = one({ configured: [{ ...CONFIGURED, group: 'Engineering', expiresAtMs: 9 }] });
    assert.deepEqual(hash, hasher.hash('connector-key'));
    assert.deepEqual(rest, { revoked: false, guessable: true });
    const { permissions, credentialId, ...facts } = principal;
    assert.deepEqual(facts, { subject: 'connector-user', name: 'ChatGPT Connector', method: 'api-key', roles: ['user'], groups: ['Engineering'], group: 'Engineering', expiresAtMs: 9 });
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
});

suite('What a stored key says of itself', () => {
  test('ends it at its expiry or at the end of its overlap, whichever is first (K06)', () => {
    assert.equal(one({ stored: [{ ...STORED, expiresAtMs: 9, overlapEndsAtMs: 5 }] }).principal.expiresAtMs, 5);
    assert.equal(one({ stored: [{ ...STORED, expiresAtMs: 4, overlapEndsAtMs: 5 }] }).principal.expiresAtMs, 4);
    assert.equal(one({ stored: [{ ...STORED, overlapEndsAtMs: 5 }] }).principal.expiresAtMs, 5);
  });

  test('closes it while it is disabled or in quarantine', () => {
    assert.equal(one({ stored: [{ ...STORED, disabledAtMs: 1 }] }).closed, 'is disabled');
    assert.equal(one({ stored: [{ ...STORED, disabledAtMs: 1, quarantinedAtMs: 2 }] }).closed, 'is in quarantine');
    assert.equal('closed' in one({ stored: [STORED] }), false);
  });

  test('is compiled into where and when it may be used, and handed on as limits', () => {
    const key = one({ stored: [{ ...STORED, networks: ['10.0.0.0/8'], hours: { days: ['mon'], from: '09:00', to: '17:00', zone: 'UTC' }, limits: { perDay: 7 } }] });
    assert.deepEqual([key.mayCallFrom?.('10.1.2.3'), key.mayCallFrom?.('11.1.2.3')], [true, false]);
    assert.deepEqual([key.hours?.hold(Date.UTC(2026, 10, 16, 9)), key.hours?.hold(Date.UTC(2026, 10, 17, 9))], [true, false]);
    assert.deepEqual(key.principal.limits, { perDay: 7 });
  });
});

suite('Rights are those of the key and of its owner, both (D2, R44)', () => {
  const roles = new Map([['reader', [parsePermission('crm:get_*')]], ['eraser', [parsePermission('crm:delete_*')]]]);
  const owned = (person: Partial<Person>, key: Partial<StoredKey> = {}) => one({ stored: [{ ...STORED, permissions: ['crm:*'], ...key }], roles, people: new Map([['alice', { disabled: false, groups: [], ...person }]]) });
  const rights = (key: IndexedKey) => ['get_x', 'delete_x', 'put_x'].map((tool) => may(key, tool));

  test('so that a wide key of a narrow owner is narrow, and a narrow key of a wide owner too', () => {
    assert.deepEqual(rights(owned({ roles: ['reader'] })), ['key', undefined, undefined]);
    assert.deepEqual(rights(owned({ permissions: [parsePermission('crm:put_x')] })), [undefined, undefined, 'key']);
    assert.deepEqual(rights(owned({ roles: ['reader'], permissions: [parsePermission('crm:put_x')] })), ['key', undefined, 'key']);
    assert.deepEqual(rights(owned({ permissions: [parsePermission('*')] }, { permissions: ['crm:get_*'] })), ['key', undefined, undefined]);
  });

  test('and a role of the key counts only while the owner has it', () => {
    const key = owned({ roles: ['reader'] }, { roles: ['reader', 'eraser'], permissions: [] });
    assert.deepEqual([key.principal.roles, rights(key)], [['reader'], ['role reader', undefined, undefined]]);
  });

  test('and nothing of what the owner lacks lets a key speak to a server', () => {
    assert.equal(owned({ permissions: [parsePermission('wiki:*')] }).principal.permissions.findServer('crm'), undefined);
    assert.equal(owned({ permissions: [] }).principal.permissions.findServer('crm'), undefined);
    assert.notEqual(owned({}).principal.permissions.findServer('crm'), undefined);
  });

  test('but an owner of whom nothing is said narrows nothing', () => {
    assert.deepEqual(rights(owned({ groups: ['Engineering'] })), ['key', 'key', 'key']);
    assert.deepEqual(rights(one({ stored: [{ ...STORED, permissions: ['crm:*'] }], people: new Map([['bob', { disabled: true, groups: [], permissions: [] }]]) })), ['key', 'key', 'key']);
  });

  test('and a disabled owner closes stored and configured keys alike; groups go along', () => {
    const people = new Map([['alice', { disabled: true, groups: ['Engineering', 'Support'] }]]);
    for (const key of [one({ stored: [STORED], people }), one({ configured: [{ ...CONFIGURED, userId: 'alice' }], people })]) {
      assert.equal(key.closed, 'belongs to somebody who is disabled');
      assert.deepEqual([key.principal.groups, key.principal.group], [['Engineering', 'Support'], 'Engineering']);
    }
    assert.equal('closed' in one({ configured: [CONFIGURED], people }), false);
    assert.equal(one({ configured: [{ ...CONFIGURED, userId: 'alice', group: 'Sales' }], people }).principal.group, 'Sales');
  });
});

suite('Stored keys', () => {
  test('are made one at a time, by hash or id; a hash that nobody has costs making another key (K03)', () => {
    const keys = buildStoredKeys({ get: (id) => (id === STORED.id ? STORED : undefined), candidateFor: () => STORED }, { roles: new Map(), people: new Map(), readPermission: parsePermission });
    assert.equal(keys.candidateFor(hasher.hash('k'))?.principal.credentialId, 'key_1');
    assert.deepEqual(keys.candidateFor(hasher.hash('other'))?.hash, hasher.hash('k'));
    assert.deepEqual([keys.byId('key_1')?.principal.subject, keys.byId('decoy')], ['alice', undefined]);
  });
});
