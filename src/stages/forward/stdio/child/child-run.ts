import { GatewayError } from '../../../../errors/gateway-error.ts';
import { BoundedLog } from '../process/bounded-log.ts';
import { ChildProcess } from '../process/child-process.ts';
import type { StdioNeeds, StdioSettings } from '../stdio-options.ts';
import { ChildConnection, type ChildPipes } from './child-connection.ts';
import type { ServerFacts } from './server-facts.ts';

/** Of a line that was dropped, enough to recognise it by. */
const EXCERPT_CHARACTERS = 200;

/** How a run ended. `neverRan`: there was no process at all, so trying it another way is in vain. */
export interface RunEnd {
  readonly words: string;
  readonly neverRan: boolean;
}

/** A child that is up and has said what it is. */
export interface OpenChild {
  readonly run: ChildRun;
  readonly connection: ChildConnection;
  readonly facts: ServerFacts;
}

/** One process and the connection to it; ends once. */
export class ChildRun {
  readonly process: ChildProcess;
  readonly connection: ChildConnection;
  readonly ended: Promise<RunEnd>;
  #isOpen = false;

  constructor(options: StdioSettings, needs: StdioNeeds) {
    const { promise, resolve } = Promise.withResolvers<RunEnd>();
    this.ended = promise;
    const { server } = options;
    const pipes: ChildPipes = {
      unreadBytes: () => this.process.unreadBytes,
      writeLine: (line) => this.process.writeLine(line),
      excerpt: (text) => this.process.mask.excerpt(text, EXCERPT_CHARACTERS),
    };
    this.connection = new ChildConnection(pipes, needs, new BoundedLog(needs, { server }));
    this.process = new ChildProcess(options, needs, {
      line: (line) => this.connection.receive(line),
      overlong: () => {
        const reason = `the server wrote a line of more than ${options.maxLineBytes} bytes and was ended; raise maxLineBytes if its answers are that long`;
        needs.log.error(reason, { server });
        this.connection.close(new GatewayError('upstream.answer-refused', { reason }));
      },
      ended: (end, words) => {
        this.connection.close(this.#errorFor(words));
        resolve({ words, neverRan: end.kind === 'not-started' });
      },
    });
  }

  /** From here on the end of the child is an interruption and no failed start. */
  markOpen(): void {
    this.#isOpen = true;
  }

  #errorFor(words: string): GatewayError {
    if (!this.#isOpen) return new GatewayError('upstream.unreachable', { reason: words });
    return new GatewayError('upstream.unavailable', { reason: `the server ended during the call: ${words}`, headers: { 'Retry-After': '1' } });
  }
}
