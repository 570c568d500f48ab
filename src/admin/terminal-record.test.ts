import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../test/world/captured-log.ts';
import { KeyRoom } from '../../test/world/key-room.ts';
import type { AuditEvent } from '../model/audit-event.ts';
import { createKey } from './operations/create-key.ts';
import { sentenceOf } from '../model/sentence.ts';
import { reportLeak } from './operations/report-leak.ts';
import { revokeKey } from './operations/revoke-key.ts';
import { revokeKeys } from './operations/revoke-keys.ts';
import { runRecorded, type Desk } from './terminal-record.ts';

/** What is done at the terminal is on record like what is asked by HTTP (R70, R72, R75). */

interface Bench extends Desk {
  readonly written: AuditEvent[];
}

/** @param fails whether a record cannot be written */
const deskOf = (room: KeyRoom, fails: (event: AuditEvent) => boolean = () => false): Bench => {
  const written: AuditEvent[] = [];
  const write = async (event: AuditEvent): Promise<void> => {
    if (fails(event)) throw new Error('the disk is full');
    written.push(event);
  };
  return { written, needs: room.needs, by: { name: 'os:alice' }, trail: { write }, world: { clock: room.clock, log: new CapturedLog() }, nextId: () => 'req_1' };
};

const ASKED = { name: 'ci', owner: 'bob@company.com', permissions: ['crm:get_*'] };

const closing = (events: readonly AuditEvent[]): readonly AuditEvent[] => events.filter(({ type }) => type === 'call');

suite('An operation at the terminal leaves one closing record', () => {
  test('that says who, what and about what, after an intent of the same id', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room);
    await runRecorded(createKey, ASKED, desk);
    assert.deepEqual(desk.written.map(({ type, id, who, method, call, target, decision }) => [type, id, who, method, call, target, decision]), [
      ['intent', 'req_1', 'os:alice', 'terminal', 'admin/keys/create', 'ci', 'allow'],
      ['call', 'req_1', 'os:alice', 'terminal', 'admin/keys/create', 'ci', 'allow'],
    ]);
  });

  test('that names the key it has made and what that was given, because two keys may have one name (R70)', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room);
    const { key } = await runRecorded(createKey, { ...ASKED, days: 7, purpose: 'not told' }, desk);
    const [intent, call] = desk.written;
    assert.deepEqual(call?.changed, { count: 1, ids: [key.id] });
    assert.deepEqual([intent?.arguments, call?.arguments, intent?.changed], [{ owner: ASKED.owner, permissions: ASKED.permissions, days: 7 }, { owner: ASKED.owner, permissions: ASKED.permissions, days: 7 }, undefined]);
    assert.equal(sentenceOf(call ?? intent ?? assert.fail()), `os:alice ran keys create ci {"owner":"bob@company.com","permissions":["crm:get_*"],"days":7} on admin → ${key.id}`);
  });

  test('that names every key a filter has met, and none that it only would have', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room);
    const ids: string[] = [];
    for (let at = 0; at < 101; at += 1) ids.push((await createKey.run(ASKED, room.needs, { name: 'x' })).key.id);
    await runRecorded(revokeKeys, { filter: { owner: ASKED.owner }, dryRun: true }, desk);
    assert.equal(desk.written.at(-1)?.changed, undefined);
    await runRecorded(revokeKeys, { filter: { owner: ASKED.owner }, dryRun: false }, desk);
    const { changed } = desk.written.at(-1) ?? {};
    assert.deepEqual([changed?.count, changed?.ids], [101, ids.slice(0, 100)]);
  });

  test('that tells a key which was found by its id and never by itself', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room);
    const { key, secret } = await createKey.run(ASKED, room.needs, { name: 'x' });
    await runRecorded(reportLeak, { text: secret.reveal() }, desk);
    assert.deepEqual(desk.written.at(-1)?.changed, { count: 1, ids: [key.id] });
    assert.ok(!JSON.stringify(desk.written).includes(secret.reveal().slice(15, -4)));
  });

  test('that never holds the secret it has made', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room);
    const { secret } = await runRecorded(createKey, ASKED, desk);
    assert.ok(!JSON.stringify(desk.written).includes(secret.reveal()));
  });

  test('also when it is refused, and the refusal goes on to whoever asked', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room);
    await assert.rejects(() => runRecorded(revokeKey, { id: 'key_0' }, desk));
    assert.deepEqual(closing(desk.written).map(({ decision, target }) => [decision, target]), [['deny', 'key_0']]);
  });

  test('also of a dry run, which is marked as one and has no intent', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room);
    await runRecorded(revokeKeys, { filter: { owner: 'bob' }, dryRun: true }, desk);
    assert.deepEqual(desk.written.map(({ type, dryRun, target }) => [type, dryRun, target]), [['call', true, 'owner=bob']]);
    await runRecorded(revokeKeys, { filter: { owner: 'bob' }, dryRun: false }, desk);
    assert.equal(desk.written.at(-1)?.dryRun, undefined);
  });
});

suite('A trail that cannot be written', () => {
  test('keeps the operation from being done', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room, () => true);
    await assert.rejects(() => runRecorded(createKey, ASKED, desk), /disk is full/);
    assert.deepEqual(room.store.apiKeys.page({ limit: 10 }), []);
  });

  test('after it was done leaves the intent, and whoever asked is answered: the secret is shown only once', async () => {
    await using room = await KeyRoom.open();
    const desk = deskOf(room, ({ type }) => type === 'call');
    const { secret } = await runRecorded(createKey, ASKED, desk);
    assert.match(secret.reveal(), /^sally_live_/);
    assert.deepEqual(desk.written.map(({ type }) => type), ['intent']);
  });
});
