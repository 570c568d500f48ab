import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CapturedLog } from '../../../../test/world/captured-log.ts';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import { ScriptedNetwork } from '../../../../test/world/scripted-network.ts';
import { temporaryFolder } from '../../../../test/world/temporary-folder.ts';
import type { TrailRow } from '../formats/line-formats.ts';
import { linesFile } from './lines-file.ts';
import type { Receiver, ReceiverSettings } from './receiver.ts';

/** Records as lines of a file: for its owner alone, rotating, whole lines only. */

const stack = new AsyncDisposableStack();
let folder: string;
before(async () => {
  folder = stack.use(await temporaryFolder('lines')).path;
});
after(() => stack.disposeAsync());

const file = (name: string, more: Partial<ReceiverSettings> = {}): { readonly path: string; readonly receiver: Receiver } => {
  const path = join(folder, name);
  return { path, receiver: linesFile.build({ name, format: undefined, headers: {}, path, ...more }, { clock: new MovedClock(), log: new CapturedLog(), network: new ScriptedNetwork() }) };
};

const rows = (...ids: readonly string[]): readonly TrailRow[] =>
  ids.map((id, at) => {
    const text = JSON.stringify({ v: 1, type: 'call', id, at: '2026-07-28T10:00:00.000Z', address: '::1', call: 'ping', decision: 'allow' });
    return { position: at + 1, text, record: JSON.parse(text) as TrailRow['record'] };
  });

const idsIn = (path: string): readonly string[] => readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: string }).id);

suite('A file of lines', () => {
  test('holds records as they stand, and nobody else may read it', async () => {
    const { path, receiver } = file('plain.jsonl');
    await receiver.send(rows('req_1', 'req_2'));
    await receiver.send(rows('req_3'));
    assert.deepEqual(idsIn(path), ['req_1', 'req_2', 'req_3']);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('takes back the half line that a crash has left, and nothing else', async () => {
    const { path, receiver } = file('torn.jsonl');
    await receiver.send(rows('req_1'));
    appendFileSync(path, '{"v":1,"id":"req_');
    await file('torn.jsonl').receiver.send(rows('req_2'));
    assert.deepEqual(idsIn(path), ['req_1', 'req_2']);
  });

  test('becomes no larger than it may, and keeps as many as it is told', async () => {
    const { path, receiver } = file('turned.jsonl', { maxBytes: 1_024, keepFiles: 2 });
    for (let at = 0; at < 100; at += 1) await receiver.send(rows(`req_${String(at)}`));
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('turned')).toSorted(), ['turned.jsonl', 'turned.jsonl.1', 'turned.jsonl.2']);
    for (const name of ['', '.1', '.2']) assert.ok(statSync(`${path}${name}`).size <= 1_024, name);
    const kept = [...idsIn(`${path}.2`), ...idsIn(`${path}.1`), ...idsIn(path)];
    assert.deepEqual(kept, Array.from({ length: kept.length }, (_, at) => `req_${String(100 - kept.length + at)}`));
  });

  test('refuses where it cannot write, so that the records wait', async () => {
    await assert.rejects(file('none/x.jsonl').receiver.send(rows('req_1')), /ENOENT/);
  });

  test('has a line for what its format knows alone', async () => {
    const { path, receiver } = file('cef.log', { format: 'cef' });
    const checkpoint: TrailRow = { position: 9, text: '{}', record: { v: 1, type: 'checkpoint', at: '2026-07-28T10:00:00.000Z', heads: {}, keyId: 'k', signature: 's' } };
    await receiver.send([checkpoint, ...rows('req_1')]);
    assert.match(readFileSync(path, 'utf8'), /^CEF:0\|[^\n]*\n$/);
  });
});
