import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrail } from '../../src/cli/read-trail.ts';
import { buildSqliteStore } from '../../src/adapters/store/sqlite/sqlite-store.ts';
import { openHome, readRuntime } from '../../src/cli/home.ts';
import type { Home } from '../../src/cli/home.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import { formatApiKey } from '../../src/model/api-key.ts';
import type { StoredKey } from '../../src/model/api-key.ts';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import type { AuditReader } from '../../src/ports/audit-sink.ts';
import type { Store } from '../../src/ports/store.ts';
import { ALPHA_TOKEN, configText, KEYS, keysVariable } from './attack-config.ts';
import type { WorldOptions } from './attack-config.ts';
import { CanaryUpstream } from './canary-upstream.ts';
import { calling } from './mcp-requests.ts';
import { MovedClock } from './moved-clock.ts';
import { freePort } from './ports.ts';
import { exchange } from './raw-http.ts';
import type { RawReply, RequestParts } from './raw-http.ts';
import { startProcess } from './running-process.ts';
import type { Command, Exit, RunningProcess } from './running-process.ts';
import { seededRandom } from './seeded-random.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

export type Refusal = {
  readonly status: number;
  /** Of the one audit record. */
  readonly code: ErrorCode;
  /** The JSON-RPC code of the reply, when it must have one. */
  readonly rpc?: number;
  /** How many requests the canary sees; none unless it is the canary's answer that is refused. */
  readonly reached?: number;
};

export type Minted = { readonly id: string; readonly secret: string };

/** How many servers of the configuration are the canary. */
const CANARIES = 3;
const mainFile = join(import.meta.dirname, '../../src/main.ts');
const STACK = /\n? {2,}at [^\n]+:\d+:\d+|node:internal|\.[cm]?[jt]s:\d+/;
const SQL = /\b(?:SELECT|INSERT INTO|PRAGMA|SQLITE_\w+)\b/;

/** The real gateway in a process of its own, before a canary, with everything needed to say what an attack came to. */
export class AttackWorld implements AsyncDisposable {
  readonly port: number;
  readonly canary: CanaryUpstream;
  readonly directory: string;
  /** Rewritten, it makes the gateway reload. */
  readonly configFile: string;
  readonly process: RunningProcess;
  readonly home: Home;
  readonly store: Store;
  /** What must succeed after each attack. */
  control: RequestParts = calling('get_thing', { key: KEYS.full, id: 'control' });
  readonly #trail: AuditReader;
  readonly #secrets: string[];
  readonly #random = seededRandom('attack world');
  readonly #pid: number;
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: Pick<AttackWorld, 'port' | 'canary' | 'directory' | 'configFile' | 'process' | 'home'>, owned: AsyncDisposableStack) {
    ({ port: this.port, canary: this.canary, directory: this.directory, configFile: this.configFile, process: this.process, home: this.home } = parts);
    this.store = buildSqliteStore(this.home.database, new MovedClock());
    this.#trail = readTrail(this.home);
    const hashKey = readFileSync(join(this.directory, 'hash.key'));
    this.#secrets = [...Object.values(KEYS), ALPHA_TOKEN, hashKey.toString('hex'), hashKey.toString('base64'), this.directory, `127.0.0.1:${String(this.canary.port)}`];
    this.#pid = this.pid;
    this.#owned = owned;
  }

  static async start(options: WorldOptions = {}): Promise<AttackWorld> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(await temporaryFolder('attack'));
    const canary = owned.use(await CanaryUpstream.start());
    const directory = join(folder.path, 'data');
    const home = openHome(directory);
    owned.defer(() => home.database.close());
    const [port, configFile] = [await freePort(), join(folder.path, 'sallyport.json')];
    writeFileSync(configFile, configText({ ...options, port, canary }));
    const command: Command = [process.execPath, mainFile, 'serve', '-c', configFile, '--data', directory, '--quiet'];
    const env = { MCP_API_KEYS: keysVariable(options.keys), ALPHA_TOKEN, ...options.env };
    const running = owned.use(startProcess(options.wrap?.(command) ?? command, { env, cwd: folder.path }));
    // It leaves word of itself when it has asked the servers what they are; from then on the canary hears of calls only.
    await until('the gateway announces itself', () => Promise.resolve(readRuntime(directory)), { withinMs: 15_000, signal: running.gone });
    return new AttackWorld({ port, canary, directory, configFile, process: running, home }, owned.move());
  }

  /** The process that holds the data directory, by its own word. */
  get pid(): number {
    return readRuntime(this.directory)?.pid ?? 0;
  }

  /** Where the trail ends now. */
  get position(): number {
    return this.#trail.last(1)[0]?.position ?? 0;
  }

  send(request: RequestParts | Buffer | string): Promise<RawReply> {
    return exchange(this.port, request);
  }

  /** Records after a position, intents included. */
  records(after: number): readonly AuditEvent[] {
    return this.#trail.after(after, 100_000).map(({ event }) => event);
  }

  calls(after: number): readonly AuditEvent[] {
    return this.records(after).filter(({ type }) => type === 'call');
  }

  /** The records of calls after a position, once there are so many. */
  callsOnceThere(after: number, count: number): Promise<readonly AuditEvent[]> {
    const enough = (): readonly AuditEvent[] | undefined => {
      const found = this.calls(after);
      return found.length >= count ? found : undefined;
    };
    return until(`${String(count)} records`, () => Promise.resolve(enough()), { withinMs: 15_000, everyMs: 5 });
  }

  /** Makes a stored key, and waits until the gateway knows it. */
  async mint(permissions: readonly string[], more: { readonly environment?: 'live' | 'test'; readonly expiresAtMs?: number; readonly server?: string; readonly key?: Partial<StoredKey> } = {}): Promise<Minted> {
    const { environment = 'live', expiresAtMs, server = 'alpha', key: facts = {} } = more;
    const secret = formatApiKey(environment, this.#random.bytes(32));
    const id = `key_${Buffer.from(this.#random.bytes(9)).toString('hex')}`;
    const key: StoredKey = {
      id, hash: this.home.hasher.hash(secret).toString('base64'), hint: 'sally_…', name: 'minted', owner: 'minted', environment,
      roles: [], permissions, createdAtMs: Date.now(), ...(expiresAtMs === undefined ? {} : { expiresAtMs }), ...facts,
    };
    this.store.apiKeys.insert(key);
    this.#secrets.push(secret);
    const target = `/${server}/mcp/status`;
    // Asked too early it is an invalid credential: where a test plays the proxy, these count for an address nobody else has.
    const opens = async (): Promise<true | undefined> => ((await this.send({ method: 'GET', target, headers: [['Host', 'localhost'], ['X-API-Key', secret], ['X-Forwarded-For', '198.18.0.1'], ['Connection', 'close']] })).status === 401 ? undefined : true);
    if (expiresAtMs === undefined || expiresAtMs > Date.now()) await until('the gateway knows the key', opens, { withinMs: 5000, everyMs: 10 });
    return { id, secret };
  }

  /** Rewrites the configuration, and comes back when the gateway has it and has asked the servers anew what they are. */
  async reconfigure(more: Omit<WorldOptions, 'keys' | 'env' | 'wrap'>): Promise<void> {
    const asked = (): number => this.canary.requests.filter(({ body }) => body.includes('tools/list') && body.includes('"sallyport"')).length;
    const before = asked();
    writeFileSync(this.configFile, configText({ ...more, port: this.port, canary: this.canary }));
    await until('the servers are asked anew', () => Promise.resolve(asked() >= before + CANARIES ? true : undefined), { withinMs: 10_000 });
  }

  /** Waits until a key that was revoked is refused: the gateway follows its store within a tenth of a second. */
  async refusedOnceKnown(request: RequestParts): Promise<void> {
    const refused = async (): Promise<true | undefined> => ((await this.send(request)).status === 401 ? true : undefined);
    await until('the key is refused', refused, { withinMs: 5000, everyMs: 5 });
  }

  /** The attack is refused so, and the five invariants of the threat model hold. */
  refuses(request: RequestParts | Buffer | string, expected: Refusal): Promise<RawReply> {
    return this.refusesDoing(() => this.send(request), expected);
  }

  /** The same for an attack that is more than one request on one connection. */
  async refusesDoing(attack: () => Promise<RawReply>, { status, code, rpc, reached = 0 }: Refusal): Promise<RawReply> {
    const { canary, position } = this;
    const [heard, seen] = [canary.capture.length, canary.requests.length];
    const reply = await attack();
    assert.equal(reply.status, status, reply.text);
    if (rpc !== undefined) assert.equal(rpcCodeOf(reply), rpc, reply.text);
    this.assertDiscreet(reply.text);
    const [record] = await this.callsOnceThere(position, 1);
    assert.equal(record?.code, code, JSON.stringify(record));
    assert.notEqual(record.decision, 'allow');
    const requestId = reply.headers.get('x-request-id');
    if (requestId !== undefined) assert.deepEqual(requestId, [record.id]);
    if (reached === 0) assert.equal(canary.capture.length, heard, 'bytes of a refused request reached the upstream');
    await this.assertWell();
    assert.equal(canary.requests.length, seen + reached + 1, 'the upstream saw other requests than it should');
    assert.equal((await this.callsOnceThere(position, 2)).length, 2, 'there is not one record for each request');
    return reply;
  }

  /** The request passes, and reaches the canary. */
  async passes(request: RequestParts | Buffer | string): Promise<RawReply> {
    const seen = this.canary.requests.length;
    const reply = await this.send(request);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(this.canary.requests.length, seen + 1);
    return reply;
  }

  /** Nothing in the text tells of secrets, of the inside or of the machine. */
  assertDiscreet(text: string): void {
    for (const secret of this.#secrets) assert.ok(!text.includes(secret), `the reply holds ${secret}: ${text}`);
    assert.doesNotMatch(text, STACK);
    assert.doesNotMatch(text, SQL);
  }

  /** The same process as at the start lives, and the next good request succeeds. */
  async assertWell(): Promise<void> {
    assert.equal(this.process.gone.aborted, false, 'the gateway is gone');
    assert.equal(this.pid, this.#pid);
    const reply = await this.send(this.control);
    assert.equal(reply.status, 200, `after the attack: ${reply.text}`);
  }

  /** Asks it to stop, and tells how it ended. */
  stop(): Promise<Exit> {
    return this.process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#owned.disposeAsync();
  }
}

/** The code of the JSON-RPC error in a reply. */
export function rpcCodeOf(reply: RawReply): unknown {
  const message = JSON.parse(reply.body) as { error?: { code?: unknown } }; // any JSON; a wrong shape gives undefined
  return message.error?.code;
}
