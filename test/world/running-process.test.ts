import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startProcess } from './running-process.ts';
import type { RunningProcess } from './running-process.ts';

const run = (program: string): RunningProcess => startProcess([process.execPath, '--eval', program]);
const waitsForever = 'setInterval(() => {}, 1000);';

suite('A running process', () => {
  test('is heard as soon as it says what is waited for', async () => {
    await using running = run(`console.log('port 17'); ${waitsForever}`);
    const [, port] = await running.says(/port (\d+)/);
    assert.equal(port, '17');
  });

  test('is heard even when it has ended since', async () => {
    await using running = run(`console.log('port 18')`);
    await running.exited;
    await running.says(/port 18/);
  });

  test('that ends before it says it is reported with its last words', async () => {
    await using running = run(`console.error('the disk is full'); process.exit(3)`);
    await assert.rejects(running.says(/port/), /ended \(3\)[^]*the disk is full/);
  });

  test('that cannot be started is reported as that', async () => {
    await using running = startProcess(['/no/such/program']);
    await assert.rejects(running.says(/port/), { code: 'ENOENT' });
  });

  test('is asked to end, and its answer is told', async () => {
    await using running = run(`process.on('SIGTERM', () => process.exit(7)); console.log('ready'); ${waitsForever}`);
    await running.says(/ready/);
    assert.deepEqual(await running.stop(), { code: 7, signal: null });
  });

  test('does not see the variables of whoever runs the tests', async () => {
    process.env['SALLYPORT_CANARY'] = 'seen';
    await using running = run(`console.log('canary is', process.env.SALLYPORT_CANARY)`);
    await running.exited;
    assert.equal(running.stdout(), 'canary is undefined\n');
  });

  test('counts as ended although its own child still holds the output open', async () => {
    const leave = `const left = require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'inherit' })`;
    await using running = run(`${leave}; console.log('left', left.pid); process.exit(0)`);
    const [, left] = await running.says(/left (\d+)/);
    assert.equal((await running.exited).code, 0);
    // It is still there to be ended, so nobody has waited for it.
    assert.ok(process.kill(Number(left), 'SIGKILL'));
  });
});
