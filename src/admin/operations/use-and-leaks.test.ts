import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { DAY_MS } from '../../model/duration.ts';
import { formatApiKey } from '../../model/api-key.ts';
import { OperationRefused } from '../needs.ts';
import { createKey } from './create-key.ts';
import { exportKeys } from './export-keys.ts';
import { narrowKey } from './narrow-key.ts';
import { releaseKey } from './release-key.ts';
import { reportLeak } from './report-leak.ts';
import { revokeKey } from './revoke-key.ts';
import { rotateKey } from './rotate-key.ts';
import { showKey } from './show-key.ts';
import { suggestKey } from './suggest-key.ts';
import { unusedKeys } from './unused-keys.ts';

const BY = { name: 'you' };

const made = (room: KeyRoom, more: object = {}) => createKey.run({ name: 'sync', owner: 'alice', permissions: ['crm:*'], ...more }, room.needs, BY);
const refusal = (words: RegExp) => (error: unknown): boolean => error instanceof OperationRefused && words.test(error.message);

/** Notes calls of a key as the gateway would. */
const used = (room: KeyRoom, credential: string, targets: readonly (readonly [call: string, target: string])[]): void => {
  const atMs = room.clock.nowMs();
  const last = { atMs, address: '192.0.2.7', client: 'curl' };
  room.store.keyUse.add([{ credential, last, callers: [{ address: last.address, client: last.client, firstAtMs: atMs, lastAtMs: atMs, calls: targets.length }], targets: targets.map(([call, target]) => ({ server: 'crm', call, target, calls: 1, day: Math.floor(atMs / DAY_MS) })) }]);
};

suite('What a key has used', () => {
  test('is said in numbers, with permissions that would be enough, and one command applies them (R66, R107, R109)', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room);
    room.store.keyUse.learnTools('crm', ['get_x', 'get_y', 'put_x', 'put_y']);
    room.store.keyUse.learnTools('wiki', ['search']);
    used(room, id, [['tools/call', 'get_x'], ['tools/call', 'put_y'], ['resources/read', 'crm://a'], ['prompts/get', 'greet'], ['tools/list', 'x']]);
    const { usedTools, allowedTools, suggested } = await suggestKey.run({ id }, room.needs, BY);
    assert.deepEqual([usedTools, allowedTools, suggested], [2, 4, ['crm:get_x', 'crm:prompt/greet', 'crm:put_y', 'crm:resource/crm://a']]);
    const { key, before } = await narrowKey.run({ id }, room.needs, BY);
    assert.deepEqual([key.permissions, key.roles, before], [suggested, [], ['crm:*']]);
  });

  test('suggests nothing that would widen: no star, no space', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room);
    used(room, id, [['tools/call', '*'], ['tools/call', 'a b'], ['tools/call', 'get_*'], ['tools/call', 'get_x']]);
    assert.deepEqual((await suggestKey.run({ id }, room.needs, BY)).suggested, ['crm:get_x']);
  });

  test('is that of the days that are asked for, and a key that used nothing is not narrowed to nothing', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room, { roles: ['reader'] });
    used(room, id, [['tools/call', 'get_x']]);
    room.clock.step(30 * DAY_MS);
    const { suggested, allowedTools } = await suggestKey.run({ id, days: 30 }, room.needs, BY);
    assert.deepEqual([suggested, allowedTools], [[], undefined]);
    await assert.rejects(async () => narrowKey.run({ id, days: 30 }, room.needs, BY), refusal(/has used nothing in 30 days.*keys disable/));
    assert.deepEqual((await suggestKey.run({ id, days: 31 }, room.needs, BY)).suggested, ['crm:get_x']);
  });

  test('tells the unused keys from the used and from the new', async () => {
    await using room = await KeyRoom.open();
    const [unused, busy, gone] = [(await made(room)).key.id, (await made(room)).key.id, (await made(room)).key.id];
    await revokeKey.run({ id: gone }, room.needs, BY);
    room.clock.step(30 * DAY_MS);
    await made(room);
    used(room, busy, []);
    assert.deepEqual((await unusedKeys.run({ days: 30 }, room.needs, BY)).keys.map(({ id }) => id), [unused]);
    assert.deepEqual((await unusedKeys.run({ days: 31 }, room.needs, BY)).keys, []);
  });
});

suite('A key that is reported as leaked', () => {
  test('raises one alarm, however often it is reported, that the gateway is handed; one that is revoked already raises none (R86, D13)', async () => {
    await using room = await KeyRoom.open();
    const { alarms } = room.store;
    const [{ key: { id }, secret }, dead] = [await made(room), await made(room, { name: 'dead' })];
    await revokeKey.run({ id: dead.key.id }, room.needs, BY);
    for (let report = 0; report < 2; report += 1) await reportLeak.run({ text: `${secret.reveal()} ${dead.secret.reveal()}` }, room.needs, BY);
    const open = alarms.page({ limit: 9 });
    assert.deepEqual(open.map(({ name, subject, evidence }) => [name, subject, evidence[0]?.words]), [['key.leaked', id, '2 reports']]);
    assert.doesNotMatch(JSON.stringify(open), new RegExp(secret.reveal().slice(11)));
    assert.deepEqual([alarms.takeHanded().length, alarms.takeHanded().length], [1, 0]);
  });

  test('is in quarantine at once, and the answer says who used it since when (R86, R106)', async () => {
    await using room = await KeyRoom.open();
    const { key: { id }, secret } = await made(room);
    used(room, id, [['tools/call', 'get_x']]);
    let told = 0;
    room.store.onChange(() => (told += 1));
    const report = await reportLeak.run({ text: `GET /mcp?api_key=${secret.reveal()} 200\n` }, room.needs, BY);
    const [leaked] = report.keys;
    assert.deepEqual([leaked?.key.id, leaked?.key.state, leaked?.callers.map(({ address }) => address), leaked?.targets.map(({ target }) => target), told], [id, 'quarantined', ['192.0.2.7'], ['get_x'], 1]);
    assert.ok(!JSON.stringify(report).includes(secret.reveal()));
    const again = await reportLeak.run({ text: secret.reveal() }, room.needs, BY);
    assert.deepEqual([again.keys[0]?.key.quarantinedAtMs, again.keys[0]?.key.leakReports], [leaked?.key.quarantinedAtMs, 2]);
  });

  test('together with others is, each of them, and what is none of ours or no key changes nothing', async () => {
    await using room = await KeyRoom.open();
    const [first, second] = [await made(room), await made(room, { environment: 'test' })];
    const unknown = formatApiKey('live', Buffer.alloc(32, 3));
    const report = await reportLeak.run({ text: [first, second].map(({ secret }) => `key=${secret.reveal()}`).join('\n') + `\n${unknown}\n${unknown.slice(0, -1)}` }, room.needs, BY);
    assert.deepEqual([report.keys.map(({ key }) => [key.id, key.state]), report.unknown, report.damaged], [[[first.key.id, 'quarantined'], [second.key.id, 'quarantined']], 1, 1]);
    assert.ok(!JSON.stringify(report).includes(first.secret.reveal()));
  });

  test('is refused in parts when there are more than one answer holds, and none is touched', async () => {
    await using room = await KeyRoom.open();
    const { key: { id }, secret } = await made(room);
    const many = Array.from({ length: 1_000 }, (_none, at) => formatApiKey('live', Buffer.alloc(32, `key ${String(at)}`)));
    await assert.rejects(async () => reportLeak.run({ text: [secret.reveal(), ...many].join(' ') }, room.needs, BY), refusal(/report it in parts/));
    assert.equal((await showKey.run({ id }, room.needs, BY)).key.state, 'active');
  });

  test('is released by somebody else than its holder', async () => {
    await using room = await KeyRoom.open();
    const { key: { id }, secret } = await made(room);
    await assert.rejects(async () => releaseKey.run({ id }, room.needs, BY), refusal(/not in quarantine/));
    await reportLeak.run({ text: secret.reveal() }, room.needs, BY);
    await assert.rejects(async () => releaseKey.run({ id }, room.needs, { name: 'alice', credentialId: id }), refusal(/cannot prolong itself/));
    assert.equal((await releaseKey.run({ id }, room.needs, BY)).key.state, 'active');
  });

  test('stays revoked when it was', async () => {
    await using room = await KeyRoom.open();
    const { key: { id }, secret } = await made(room);
    await revokeKey.run({ id }, room.needs, BY);
    const report = await reportLeak.run({ text: secret.reveal() }, room.needs, BY);
    assert.equal(report.keys[0]?.key.state, 'revoked');
  });

  test('that is unknown, mistyped or foreign is said to be so, and never repeated', async () => {
    await using room = await KeyRoom.open();
    const sound = formatApiKey('live', Buffer.alloc(32, 3));
    assert.deepEqual(await reportLeak.run({ text: sound }, room.needs, BY), { keys: [], unknown: 1, damaged: 0 });
    for (const [text, words] of [[sound.slice(0, -1), /wrong checksum/], ['sk_live_12345', /no key of the form/]] as const) {
      await assert.rejects(async () => reportLeak.run({ text }, room.needs, BY), (error) => refusal(words)(error) && error instanceof Error && !error.message.includes(text));
    }
    await assert.rejects(async () => reportLeak.run({ text: 'x'.repeat(1_000_001) }, room.needs, BY), (error) => refusal(/text/)(error) && error instanceof Error && !error.message.includes('xxx'));
  });
});

suite('The inventory of keys', () => {
  test('has neither hash nor secret, as JSON lines and as CSV (R24, R112)', async () => {
    await using room = await KeyRoom.open();
    const { key, secret } = await made(room);
    for (const format of ['jsonl', 'csv'] as const) {
      const { text, next } = await exportKeys.run({ format }, room.needs, BY);
      assert.ok(text.includes(key.id) && text.includes('alice') && next === undefined);
      for (const hidden of [secret.reveal(), room.store.apiKeys.get(key.id)?.hash ?? '?']) assert.ok(!text.includes(hidden));
    }
    assert.deepEqual(JSON.parse((await exportKeys.run({}, room.needs, BY)).text), key);
  });

  test('is one table however many pages it has, and its cells stay cells (CWE-1236)', async () => {
    await using room = await KeyRoom.open();
    for (const name of ['=HYPERLINK("http://x")', 'a,b', 'line\nbreak', '-1']) await made(room, { name });
    const first = await exportKeys.run({ format: 'csv', limit: 3 }, room.needs, BY);
    const second = await exportKeys.run({ format: 'csv', limit: 3, ...(first.next === undefined ? {} : { after: first.next }) }, room.needs, BY);
    const text = first.text + second.text;
    assert.equal(text.match(/^id,hint/gm)?.length, 1);
    for (const cell of ['"\'=HYPERLINK(""http://x"")"', '"a,b"', '"line\nbreak"', ",'-1,"]) assert.ok(text.includes(cell), `${cell} in ${text}`);
  });

  test('of a revoked key says since when', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room);
    await revokeKey.run({ id }, room.needs, BY);
    const { key } = await showKey.run({ id }, room.needs, BY);
    assert.ok((await exportKeys.run({ format: 'csv' }, room.needs, BY)).text.includes(new Date(key.revokedAtMs ?? 0).toISOString()));
  });
});

test('What is shown of a key are facts and no verdict: its age, its width, its last use, its leaks (D14)', async () => {
  await using room = await KeyRoom.open();
  const { key: { id }, secret } = await made(room);
  room.clock.sleep(3 * DAY_MS);
  used(room, id, [['tools/call', 'get_x']]);
  await reportLeak.run({ text: secret.reveal() }, room.needs, BY);
  const { key } = await showKey.run({ id }, room.needs, BY);
  const now = room.clock.nowMs();
  assert.deepEqual([now - key.createdAtMs, key.permissions, key.lastUse?.atMs, key.quarantinedAtMs, key.leakReports, key.leakReportedAtMs], [3 * DAY_MS, ['crm:*'], now, now, 1, now]);
  assert.doesNotMatch(JSON.stringify(key), /secure|safe|score|debt|risk/i);
  room.clock.sleep(DAY_MS);
  const released = await releaseKey.run({ id }, room.needs, BY);
  assert.deepEqual([released.key.leakReports, released.key.leakReportedAtMs], [1, now], 'a release takes the quarantine back, and not the fact');
  const { key: successor } = await rotateKey.run({ id }, room.needs, BY);
  assert.equal(successor.leakReports, undefined, 'the successor has never been anywhere');
});
