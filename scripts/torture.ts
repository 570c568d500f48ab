import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callUntilGone, opens, type Acknowledged } from './torture/callers.ts';
import { checkTrail } from './torture/check-trail.ts';
import { startCountingUpstream, type CountingUpstream } from './torture/upstream.ts';

/**
 * `npm run torture`: the gateway is killed with SIGKILL at a random moment under load, and with it commands that make and revoke keys; then
 * it must be back within two seconds with everything that was ever acknowledged (attacks.md F01, G06).
 */

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const flag = (name: string, otherwise: number): number => Number(process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise) || otherwise;
/** How long a restart may take; where a machine is busy with other things, more may be allowed. */
const READY_MS = flag('--restart-within', 2_000);

const rounds = flag('--rounds', 1_000);
const children = new Set<ChildProcess>();

const run = (words: readonly string[]): ChildProcess => {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' } });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
};

/** What the child said on stdout before it ended, however it ended. */
const outputOf = async (child: ChildProcess): Promise<string> => {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return text;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

class Torture {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sallyport-torture-'));
  readonly #upstream: CountingUpstream;
  readonly #acknowledged: Acknowledged = { requests: new Set() };
  readonly #live = new Map<string, string>();
  readonly #revoked = new Set<string>();
  #count = 0;
  slowestMs = 0;

  constructor(upstream: CountingUpstream) {
    this.#upstream = upstream;
  }

  async round(): Promise<void> {
    const port = await freePort();
    const origin = `http://127.0.0.1:${String(port)}`;
    const gateway = run(['run', '--quiet', '--name', 'torture', '--port', String(port), '--data', this.#folder, this.#upstream.url]);
    await this.#ready(origin, gateway);
    await this.#checkKeys(origin);
    const key = await this.#anyKey();
    const load = callUntilGone(origin, key, { acknowledged: this.#acknowledged, next: () => (this.#count += 1) });
    const commands = this.#commands();
    await pause(100 + Math.random() * 300);
    gateway.kill('SIGKILL');
    await Promise.all([once(gateway, 'exit'), load, commands]);
  }

  /** @throws Error when anything acknowledged is missing */
  check(): string {
    const found = checkTrail(this.#folder, { acknowledged: this.#acknowledged.requests, writes: this.#upstream.writes });
    return `${String(this.#acknowledged.requests.size)} replies and ${String(this.#upstream.writes.size)} writes, all in ${String(found)} records; ${String(this.#live.size)} keys live, ${String(this.#revoked.size)} revoked; slowest restart ${this.slowestMs.toFixed(0)} ms`;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(origin: string, gateway: ChildProcess): Promise<void> {
    const started = performance.now();
    const isReady = (): Promise<boolean> => fetch(`${origin}/readyz`).then((answer) => answer.status === 200, () => false);
    while (!(await isReady())) {
      if (gateway.exitCode !== null) throw new Error(`the gateway did not start again (exit ${String(gateway.exitCode)})`);
      if (performance.now() - started > READY_MS * 5) throw new Error('the gateway did not become ready');
      await pause(10);
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - started);
  }

  async #anyKey(): Promise<string> {
    const [known] = this.#live.values();
    return known ?? this.#create(run(['keys', 'create', '--json', '--allow', 'torture:*', '--data', this.#folder]));
  }

  /** A made key counts once its secret was printed: that is the acknowledgement. */
  async #create(child: ChildProcess): Promise<string> {
    const text = await outputOf(child);
    if (!text.endsWith('\n')) return '';
    const { id, secret } = JSON.parse(text) as { id: string; secret: string }; // what keys create --json prints
    this.#live.set(id, secret);
    return secret;
  }

  /** Makes a key and revokes an older one; each command is killed at a random moment of its own, or not in time. */
  async #commands(): Promise<void> {
    const create = run(['keys', 'create', '--json', '--allow', 'torture:*', '--data', this.#folder]);
    const created = this.#create(create);
    const [, victim] = [...this.#live.keys()];
    const revoke = victim === undefined ? undefined : run(['keys', 'revoke', victim, '--data', this.#folder]);
    const said = revoke === undefined ? undefined : outputOf(revoke);
    for (const child of [create, revoke]) void pause(250 + Math.random() * 1_000).then(() => child?.kill('SIGKILL'));
    await created;
    if (victim === undefined) return;
    const secret = this.#live.get(victim) ?? '';
    // From the moment it was asked for it may be revoked; once that was said, it must be.
    this.#live.delete(victim);
    if ((await said)?.includes('revoked') === true) this.#revoked.add(secret);
  }

  async #checkKeys(origin: string): Promise<void> {
    for (const [id, secret] of this.#live) if (!(await opens(origin, secret))) throw new Error(`the key ${id} was acknowledged and is lost`);
    for (const secret of this.#revoked) if (await opens(origin, secret)) throw new Error('a revoked key opens again');
  }
}

const main = async (): Promise<void> => {
  await using upstream = await startCountingUpstream();
  const torture = new Torture(upstream);
  try {
    for (let round = 1; round <= rounds; round += 1) {
      await torture.round();
      if (round % 50 === 0) console.log(`${String(round)} kills: ${torture.check()}`);
    }
    console.log(`${String(rounds)} kills, nothing acknowledged was lost: ${torture.check()}`);
    if (torture.slowestMs > READY_MS) throw new Error(`a restart took ${torture.slowestMs.toFixed(0)} ms, more than ${String(READY_MS)}`);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    torture.remove();
  }
};

await main();
