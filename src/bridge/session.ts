import type { IncomingMessage } from 'node:http';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Clock } from '../ports/world.ts';
import { pause } from './patient-way.ts';
import { Unreached, type Outgoing } from './post.ts';
import { beginning, EITHER, isStream, messageOf, ONLY_STREAM, readStream, resuming, sessionIn, statusOf } from './receive.ts';

export interface SessionNeeds {
  readonly clock: Clock;
  /** Sends once. @throws Unreached */
  readonly send: (outgoing: Outgoing) => Promise<IncomingMessage>;
  /** Sends, and waits for a gateway that is away. @throws Unreached */
  readonly sendPatiently: (outgoing: Outgoing) => Promise<IncomingMessage>;
  /** Takes a message that the server sent by itself. */
  readonly pass: (message: JsonObject, text: string) => void;
  readonly tell: (sentence: string) => void;
}

const UNREACHED_MS = 5_000;
const END_MS = 1_000;

/** A session of the older era (mcp-spec.md §1.6): as the client began it, begun anew when the gateway has forgotten it, and ended. */
export class Session {
  readonly #needs: SessionNeeds;
  /** The client's own `initialize` and `notifications/initialized`, to be said again. */
  #initialize: string | undefined;
  #initialized: string | undefined;
  #id: string | undefined;
  #version: string | undefined;
  #renewal: Promise<void> | undefined;

  constructor(needs: SessionNeeds) {
    this.#needs = needs;
  }

  get id(): string | undefined {
    return this.#id;
  }

  /** Whether the client speaks the older era. */
  get isAsked(): boolean {
    return this.#initialize !== undefined;
  }

  /** Takes note of the client's `initialize`. */
  asked(line: string): void {
    this.#initialize = line;
  }

  /** Takes note of its answer. */
  began(answer: IncomingMessage, { result }: JsonObject): void {
    if (!isJsonObject(result)) return;
    this.#id = sessionIn(answer);
    if (typeof result['protocolVersion'] === 'string') this.#version = result['protocolVersion'];
  }

  headers(): Readonly<Record<string, string>> {
    return { ...(this.#version === undefined ? {} : { 'MCP-Protocol-Version': this.#version }), ...(this.#id === undefined ? {} : { 'Mcp-Session-Id': this.#id }) };
  }

  /**
   * Begins the session anew; whoever finds it lost meanwhile waits for the same one.
   * @param lost the session that was found lost: when another has begun since, nothing is to be done
   * @throws Error when the gateway begins no other
   */
  async renew(lost: string, signal: AbortSignal): Promise<void> {
    if (lost !== this.#id) return;
    this.#renewal ??= this.#beginAnew(signal).finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal;
  }

  /** Keeps the stream open on which a server of the older era speaks first, where it offers one, until the signal fires. */
  async listen(initialized: string, signal: AbortSignal): Promise<void> {
    if (this.#initialized !== undefined) return;
    this.#initialized = initialized;
    const place = beginning();
    while (!signal.aborted && this.#id !== undefined) {
      const session = this.#id;
      const stream = await this.#listening(resuming(place), signal);
      const status = stream === undefined ? 0 : statusOf(stream);
      if (stream !== undefined && isStream(stream)) await readStream(stream, place, this.#needs.pass);
      else stream?.resume();
      if (status === 404) await this.renew(session, signal);
      else if (status >= 400 && status < 500 && status !== 429) return;
      await pause(this.#needs.clock, status === 200 ? place.retryMs : UNREACHED_MS, signal);
    }
  }

  /** Lets the gateway forget the session; a gateway that is away will do so by itself. */
  async end(): Promise<void> {
    if (this.#id === undefined) return;
    const late = new AbortController();
    const cancel = this.#needs.clock.after(END_MS, () => late.abort());
    await this.#needs.send({ method: 'DELETE', headers: this.headers(), signal: late.signal }).then((answer) => answer.resume(), () => undefined);
    cancel();
  }

  async #listening(place: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage | undefined> {
    try {
      return await this.#needs.send({ method: 'GET', headers: { ...ONLY_STREAM, ...this.headers(), ...place }, signal });
    } catch (error) {
      if (error instanceof Unreached) return undefined;
      throw error;
    }
  }

  async #beginAnew(signal: AbortSignal): Promise<void> {
    if (this.#initialize === undefined) return;
    const answer = await this.#needs.sendPatiently({ method: 'POST', headers: EITHER, body: this.#initialize, signal });
    const begun = await messageOf(answer);
    if (statusOf(answer) !== 200 || begun?.['result'] === undefined) throw new Error('the session was lost, and the gateway began no other');
    this.began(answer, begun);
    if (this.#initialized !== undefined) (await this.#needs.sendPatiently({ method: 'POST', headers: { ...EITHER, ...this.headers() }, body: this.#initialized, signal })).resume();
    this.#needs.tell('the gateway had forgotten the session: it was begun anew');
  }
}
