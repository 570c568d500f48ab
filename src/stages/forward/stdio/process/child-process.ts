import { spawn, type ChildProcess as NodeChild } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StdioNeeds, StdioSettings } from '../stdio-options.ts';
import { BoundedLog } from './bounded-log.ts';
import { childEnvironment } from './child-environment.ts';
import { endInWords, type ChildEnd } from './child-end.ts';
import type { FromGuardian, ToGuardian } from './guardian-messages.ts';
import { LineSplitter } from './line-splitter.ts';
import { maskFor, type Mask } from './mask.ts';
import { StderrLog } from './stderr-log.ts';

export interface ChildHandlers {
  line(line: Buffer): void;
  /** The child wrote a line beyond the cap; it is being killed. */
  overlong(): void;
  /** Called exactly once, after the last line; `words` say what happened and what to do about it. */
  ended(end: ChildEnd, words: string): void;
}

/** Time for a child to leave by itself once its stdin has ended (MCP stdio, "Shutdown"). */
const STDIN_GRACE_MS = 2_000;
/** A process outside the group may hold stdout open after the child is gone. */
const PIPE_GRACE_MS = 1_000;

/** Dying takes the kernel a moment; a zombie that nobody reaps would take for ever. */
const LOOK_AGAIN_MS = 5;
const MOST_LOOKS = 40;

const GUARDIAN = fileURLToPath(new URL(`./guardian${extname(import.meta.url)}`, import.meta.url));

/** One run of a stdio server: started by a guardian, in its own process group, talked to line by line. */
export class ChildProcess {
  readonly #options: StdioSettings;
  readonly #needs: StdioNeeds;
  readonly #handlers: ChildHandlers;
  readonly #guardian: NodeChild;
  readonly #stderr: StderrLog;
  readonly mask: Mask;
  readonly #gone = Promise.withResolvers<void>();
  #end: ChildEnd | undefined;
  #isGone = false;

  constructor(options: StdioSettings, needs: StdioNeeds, handlers: ChildHandlers) {
    this.#options = options;
    this.#needs = needs;
    this.#handlers = handlers;
    const environment = childEnvironment(options, process.platform);
    this.mask = maskFor(environment.secrets);
    this.#stderr = new StderrLog(new BoundedLog(needs, { server: options.server }), this.mask);
    this.#guardian = spawn(process.execPath, [GUARDIAN], {
      // Not the gateway's environment, and not the child's: NODE_OPTIONS configured for the child must not steer the guardian.
      env: { NODE_NO_WARNINGS: '1', ...(process.platform === 'win32' ? { SYSTEMROOT: options.inheritEnv['SYSTEMROOT'] } : {}) },
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      detached: true,
      windowsHide: true,
    });
    this.#listen();
    this.#tell({ kind: 'start', command: options.command, args: options.args, cwd: options.cwd, env: environment.variables });
  }

  /** Bytes that the child has not read yet. */
  get unreadBytes(): number {
    return this.#guardian.stdin?.writableLength ?? 0;
  }

  writeLine(line: string): void {
    if (!this.#isGone) this.#guardian.stdin?.write(`${line}\n`);
  }

  stderrTail(): readonly string[] {
    return this.#stderr.tail();
  }

  /** Ends the child as the specification asks: stdin first, then SIGTERM, then SIGKILL. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#guardian.stdin?.end();
    const cancel = this.#needs.clock.after(STDIN_GRACE_MS, () => this.#tell({ kind: 'end' }));
    await this.#gone.promise;
    cancel();
  }

  /** Ends the child at once. */
  async kill(): Promise<void> {
    this.#tell({ kind: 'kill' });
    await this.#gone.promise;
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#guardian;
    // EPIPE after the child has gone; `ended` tells of that.
    stdin?.on('error', () => undefined);
    const splitter = new LineSplitter(this.#options.maxLineBytes, {
      line: (line) => this.#handlers.line(line),
      overlong: () => {
        stdout?.destroy();
        void this.kill();
        this.#handlers.overlong();
      },
    });
    stdout?.on('data', (chunk: Buffer) => splitter.push(chunk));
    stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    this.#guardian.on('message', (message: FromGuardian) => this.#hear(message));
    this.#guardian.on('error', (error) => this.#finish({ kind: 'not-started', what: 'command', code: 'ERROR', message: error.message }));
    this.#guardian.once('exit', () => {
      // Nothing is left of the group, unless the guardian itself was killed.
      this.#signalGroup('SIGKILL');
      this.#needs.clock.after(PIPE_GRACE_MS, () => this.#finish());
    });
    this.#guardian.once('close', () => this.#finish());
  }

  #hear(message: FromGuardian): void {
    if (message.kind === 'failed') this.#end = { ...message, kind: 'not-started' };
    else this.#end = message;
  }

  #tell(message: ToGuardian): void {
    // The callback takes the error of a guardian that is already gone.
    if (this.#guardian.connected) this.#guardian.send(message, () => undefined);
  }

  #finish(fallback: ChildEnd = { kind: 'exited', code: null, signal: 'SIGKILL' }): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#guardian.stdout?.destroy();
    this.#guardian.stderr?.destroy();
    this.#stderr.end();
    const end = this.#end ?? fallback;
    this.#handlers.ended(end, endInWords(end, { ...this.#options, stderr: this.#stderr.tail() }));
    this.#resolveWhenEmpty(MOST_LOOKS);
  }

  #resolveWhenEmpty(looks: number): void {
    if (looks > 0 && this.#signalGroup(0)) this.#needs.clock.after(LOOK_AGAIN_MS, () => this.#resolveWhenEmpty(looks - 1));
    else this.#gone.resolve();
  }

  /** False when nobody is left in the group, which the guardian leads. */
  #signalGroup(signal: 'SIGKILL' | 0): boolean {
    const { pid } = this.#guardian;
    if (pid === undefined || process.platform === 'win32') return false;
    try {
      return process.kill(-pid, signal);
    } catch {
      return false;
    }
  }
}
