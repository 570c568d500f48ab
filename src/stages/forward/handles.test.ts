import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import type { HandleKind, HandleOwner } from '../../ports/handles.ts';
import { HandleRegister } from './handles.ts';

const A: HandleOwner = { server: 'crm', credentialId: 'key_a' };
const B: HandleOwner = { server: 'crm', credentialId: 'key_b' };

const register = (capacity = 100) => {
  const clock = new MovedClock();
  return { clock, handles: new HandleRegister(clock, capacity) };
};

const KINDS = ['session', 'state', 'task'] as const;
const HOUR_MS = 3_600_000;
const IDLE_MS = { session: 24 * HOUR_MS, state: HOUR_MS, task: 24 * HOUR_MS } as const;

suite('A handle', () => {
  test('is usable by the credential that received it, and by no other (M01, CVE-2026-33946)', () => {
    const { handles } = register();
    for (const kind of KINDS) handles.bind(kind, 'h', A);
    for (const kind of KINDS) {
      assert.equal(handles.isOwnedBy(kind, 'h', A), true);
      assert.equal(handles.isOwnedBy(kind, 'h', B), false);
      assert.equal(handles.isOwnedBy(kind, 'h', { ...A, server: 'wiki' }), false);
      assert.equal(handles.isOwnedBy(kind, 'H', A), false);
      assert.equal(handles.isOwnedBy(kind, '', A), false);
    }
  });

  test('is of one kind: a state is no session', () => {
    const { handles } = register();
    handles.bind('state', 'h', A);
    assert.deepEqual(KINDS.map((kind) => handles.isOwnedBy(kind, 'h', A)), [false, true, false]);
  });

  test('stays with its first owner when a server hands it out again (M08)', () => {
    const { handles } = register();
    handles.bind('session', 'h', A);
    handles.bind('session', 'h', B);
    assert.deepEqual([handles.isOwnedBy('session', 'h', A), handles.isOwnedBy('session', 'h', B)], [true, false]);
  });

  test('of two servers may be spelt alike', () => {
    const { handles } = register();
    handles.bind('session', 'h', A);
    handles.bind('session', 'h', { ...B, server: 'wiki' });
    assert.equal(handles.isOwnedBy('session', 'h', { ...B, server: 'wiki' }), true);
    assert.equal(handles.isOwnedBy('session', 'h', A), true);
  });

  test('is never mixed up with another one, whatever its name', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '"', ',', '[', '\\', ' '), maxLength: 4 });
    const handle = fc.tuple(fc.constantFrom<HandleKind>(...KINDS), part, part);
    fc.assert(
      fc.property(handle, handle, (one, other) => {
        fc.pre(one.join('\n') !== other.join('\n'));
        const { handles } = register();
        handles.bind(one[0], one[2], { server: one[1], credentialId: 'key_a' });
        assert.equal(handles.isOwnedBy(other[0], other[2], { server: other[1], credentialId: 'key_a' }), false);
      }),
    );
  });

  for (const kind of KINDS) {
    test(`of the kind ${kind} is forgotten when it has rested too long, and each use wakes it`, () => {
      const { handles, clock } = register();
      handles.bind(kind, 'h', A);
      clock.move(IDLE_MS[kind]);
      assert.equal(handles.isOwnedBy(kind, 'h', A), true);
      clock.move(IDLE_MS[kind]);
      assert.equal(handles.isOwnedBy(kind, 'h', A), true);
      clock.move(IDLE_MS[kind] + 1);
      assert.equal(handles.isOwnedBy(kind, 'h', A), false);
    });
  }

  test('is not kept awake by a stranger who asks for it', () => {
    const { handles, clock } = register();
    handles.bind('state', 'h', A);
    clock.move(HOUR_MS);
    handles.isOwnedBy('state', 'h', B);
    clock.move(1);
    assert.equal(handles.isOwnedBy('state', 'h', A), false);
  });

  test('that was ended is gone, and a stranger cannot end it (M01)', () => {
    const { handles } = register();
    handles.bind('session', 'h', A);
    handles.forget('session', 'h', B);
    assert.equal(handles.isOwnedBy('session', 'h', A), true);
    handles.forget('session', 'h', A);
    assert.equal(handles.isOwnedBy('session', 'h', A), false);
    handles.bind('session', 'h', B);
    assert.equal(handles.isOwnedBy('session', 'h', B), true);
  });
});

suite('The register', () => {
  test('is bounded: the handle that was longest unused goes first', () => {
    const { handles } = register(3);
    for (const handle of ['a', 'b', 'c']) handles.bind('session', handle, A);
    handles.isOwnedBy('session', 'a', A);
    handles.bind('session', 'b', A);
    handles.bind('session', 'd', A);
    assert.deepEqual(['a', 'b', 'c', 'd'].map((handle) => handles.isOwnedBy('session', handle, A)), [true, true, false, true]);
  });

  test('holds handles of any length', () => {
    const { handles } = register();
    const long = 'x'.repeat(1_000_000);
    handles.bind('state', long, A);
    assert.equal(handles.isOwnedBy('state', long, A), true);
    assert.equal(handles.isOwnedBy('state', `${long}y`, A), false);
  });
});
