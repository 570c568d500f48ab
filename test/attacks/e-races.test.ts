import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryFolder } from '../world/temporary-folder.ts';

const program = join(import.meta.dirname, '../fixtures/token-racer/token-racer.ts');
const COUNT = 150;
const RACERS = 25;

/** A process that races; all it wrote, also when it is killed after so many lines. */
const racer = async (file: string, mode: 'seed' | 'race', killAfterLines = Number.POSITIVE_INFINITY): Promise<readonly string[]> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, file, mode, String(COUNT), String(RACERS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    if (text.split('\n').length > killAfterLines) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
};

test('Codes are good for one of all who ask, and refresh tokens have one successor, over two processes and a kill in the middle (T02, T05, T06, G10, G11)', async () => {
  await using folder = await temporaryFolder('races');
  const file = join(folder.path, 'sallyport.db');
  await racer(file, 'seed');
  const [one, two] = await Promise.all([racer(file, 'race'), racer(file, 'race', COUNT * RACERS)]);
  const after = await racer(file, 'race');
  assert.ok(two.length < COUNT * RACERS * 2, 'the second was killed in the middle');
  const lines = [...one, ...two, ...after].map((line) => line.split(' '));
  const of = (kind: string, at: number): readonly string[] => lines.filter(([what, number]) => what === kind && number === String(at)).map(([, , came = '']) => came);
  for (let at = 0; at < COUNT; at += 1) {
    // The one that was killed may have won and not said so.
    assert.ok(of('code', at).filter((came) => came === 'won').length <= 1, `code ${String(at)} was good twice`);
    assert.equal(new Set(of('token', at)).size, 1, `token ${String(at)} has one successor`);
    assert.ok(!of('token', at).includes('replay'), `token ${String(at)} ended its family although nobody stole it`);
  }
  const won = lines.filter(([kind, , came]) => kind === 'code' && came === 'won').length;
  assert.ok(won >= COUNT - 1, `each code was good once: ${String(won)} of ${String(COUNT)}`);
  const database = new DatabaseSync(file, { readOnly: true });
  assert.equal(database.prepare("SELECT count(*) AS count FROM oauth_records WHERE kind = 'RefreshToken'").get()?.['count'], COUNT * 2);
  database.close();
});
