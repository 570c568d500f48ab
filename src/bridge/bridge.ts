import type { IncomingMessage } from 'node:http';
import type { JsonObject } from '../model/json.ts';
import type { Clock } from '../ports/world.ts';
import { refusalInWords, refusalLine, unreachedBecause } from './failures.ts';
import { answers, failureLine, onOneLine, readMessage, readSent, sameId, unreadableLine, type ClientMessage } from './message.ts';
import { Mirrors, modernVersion } from './mirrors.ts';
import { pause, sendPatiently } from './patient-way.ts';
import { Unreached, type Outgoing, type Way } from './post.ts';
import { beginning, EITHER, isStream, ONLY_STREAM, readStream, resuming, statusOf, textOf } from './receive.ts';
import { Session } from './session.ts';

export interface BridgeNeeds {
  /** Read for each request: a renewed certificate is shown from the next one on. */
  readonly way: () => Way;
  readonly clock: Clock;
  /** Takes one message for the client, without a line end. */
  readonly write: (line: string) => void;
  /** Takes a sentence for whoever runs the bridge. */
  readonly tell: (sentence: string) => void;
}

type Readable = Exclude<ClientMessage, { readonly kind: 'unreadable' }>;
type Request = Extract<ClientMessage, { readonly kind: 'request' }>;

interface UnderWay {
  /** Fires when the client does not want the answer any more. */
  readonly gone: AbortController;
  /** A stream that ends only when somebody leaves. */
  readonly isEndless: boolean;
}

const inWords = (error: unknown): string => {
  if (error instanceof Unreached) return unreachedBecause(error);
  return error instanceof Error ? error.message : 'an unknown failure';
};

/**
 * Carries MCP between a client that speaks stdio and a gateway at a URL, message by message and unread but for what the transports differ in:
 * the headers that repeat a message, the session of the older era, the streams, and that leaving means cancelling in the newer one.
 */
export class Bridge {
  readonly #needs: BridgeNeeds;
  readonly #session: Session;
  readonly #mirrors = new Mirrors();
  /** The requests without an answer, by their id. */
  readonly #underWay = new Map<string, UnderWay>();
  readonly #work = new Set<Promise<void>>();
  readonly #ended = new AbortController();
  /** What the next line has to wait for: a session begins in order. */
  #first: Promise<void> = Promise.resolve();

  constructor(needs: BridgeNeeds) {
    this.#needs = needs;
    this.#session = new Session({
      clock: needs.clock,
      send: (outgoing) => needs.way().send(outgoing),
      sendPatiently: (outgoing) => this.#patiently(outgoing),
      pass: (message, text) => this.#pass(message, text),
      tell: needs.tell,
    });
  }

  /** Takes one line of the client. */
  take(line: string): void {
    const message = readMessage(line);
    if (message.kind === 'unreadable') {
      this.#needs.write(unreadableLine(message));
      return;
    }
    const done = this.#first.then(() => this.#carry(message));
    const isFirst = message.kind !== 'reply' && (message.method === 'initialize' || message.method === 'notifications/initialized');
    if (isFirst) this.#first = done;
    this.#until(done);
  }

  /** The client has closed its side: what it has asked is answered first; then streams without an end, and the session, end. */
  async end(): Promise<void> {
    await this.#first;
    this.#ended.abort();
    for (const { gone, isEndless } of this.#underWay.values()) if (isEndless) gone.abort();
    await Promise.all(this.#work);
    await this.#session.end();
    this.#needs.way().close();
  }

  /** Gives up all that is under way. */
  stop(): void {
    this.#ended.abort();
    for (const { gone } of this.#underWay.values()) gone.abort();
  }

  #until(done: Promise<void>): void {
    this.#work.add(done);
    void done.finally(() => this.#work.delete(done));
  }

  /** Never rejects: whatever fails is told to the client, or to whoever runs the bridge. */
  async #carry(message: Readable): Promise<void> {
    if (message.kind === 'request') return this.#request(message);
    if (message.kind === 'notification' && this.#cancels(message.params)) return;
    try {
      const [answer] = await this.#send(message, new AbortController().signal);
      const body = await textOf(answer);
      if (statusOf(answer) >= 400) this.#needs.tell(refusalInWords(statusOf(answer), body));
    } catch (error) {
      this.#needs.tell(inWords(error));
    }
    if (message.kind === 'notification' && message.method === 'notifications/initialized') this.#until(this.#session.listen(message.line, this.#ended.signal).catch((error: unknown) => this.#needs.tell(inWords(error))));
  }

  async #request(message: Request): Promise<void> {
    const gone = new AbortController();
    const id = sameId(message.id);
    this.#underWay.set(id, { gone, isEndless: message.method === 'subscriptions/listen' });
    if (message.method === 'initialize') this.#session.asked(message.line);
    try {
      const [answer, sent] = await this.#send(message, gone.signal);
      if (!(await this.#answer(message, answer, sent))) throw new Error('the stream ended without the answer: the call may or may not have been carried out');
    } catch (error) {
      // What the client has cancelled has no answer.
      if (!gone.signal.aborted) this.#needs.write(failureLine(message.id, inWords(error)));
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** @returns the answer, and what was sent at last: a session that the gateway has forgotten is begun anew, once */
  async #send(message: Readable, signal: AbortSignal): Promise<readonly [IncomingMessage, Outgoing]> {
    const session = this.#session.id;
    const sent = this.#outgoing(message, signal);
    const answer = await this.#patiently(sent);
    if (statusOf(answer) !== 404 || session === undefined || sent.headers['Mcp-Session-Id'] === undefined) return [answer, sent];
    answer.resume();
    await this.#session.renew(session, signal);
    const again = this.#outgoing(message, signal);
    return [await this.#patiently(again), again];
  }

  #outgoing(message: Readable, signal: AbortSignal): Outgoing {
    const isModern = message.kind !== 'reply' && modernVersion(message.params) !== undefined;
    const isFirst = message.kind === 'request' && message.method === 'initialize';
    const about = isModern ? this.#mirrors.headers(message) : isFirst ? {} : this.#session.headers();
    return { method: 'POST', headers: { ...EITHER, ...about }, body: message.line, signal };
  }

  #patiently(outgoing: Outgoing): Promise<IncomingMessage> {
    return sendPatiently(this.#needs.way, outgoing, this.#needs.clock);
  }

  /** @returns whether the request was answered */
  async #answer(request: Request, answer: IncomingMessage, sent: Outgoing): Promise<boolean> {
    if (isStream(answer)) return this.#streamed(request, answer, sent);
    const [status, body] = [statusOf(answer), await textOf(answer)];
    const message = status === 200 ? readSent(body) : undefined;
    if (message === undefined) this.#needs.write(refusalLine(request.id, { status, body }));
    else this.#answered(request, answer, { message, text: body });
    return true;
  }

  /** Passes a stream on; one of the older era that breaks is gone on with where it broke. @returns whether the answer was in it */
  async #streamed(request: Request, answer: IncomingMessage, { headers, signal }: Outgoing): Promise<boolean> {
    const place = beginning();
    for (let stream = answer, isAnswered = false; ; ) {
      await readStream(stream, place, (message, text) => {
        if (!answers(message, request.id)) return this.#pass(message, text);
        isAnswered = true;
        this.#answered(request, answer, { message, text });
      });
      if (isAnswered || place.lastEventId === undefined || headers['Mcp-Session-Id'] === undefined || signal.aborted) return isAnswered;
      await pause(this.#needs.clock, place.retryMs, signal);
      stream = await this.#patiently({ method: 'GET', headers: { ...ONLY_STREAM, ...this.#session.headers(), ...resuming(place) }, signal });
      if (!isStream(stream)) return false;
    }
  }

  #answered(request: Request, answer: IncomingMessage, { message, text }: { readonly message: JsonObject; readonly text: string }): void {
    if (request.method === 'initialize') this.#session.began(answer, message);
    this.#pass(message, text);
  }

  #pass(message: JsonObject, text: string): void {
    this.#mirrors.learn(message);
    this.#needs.write(onOneLine(text));
  }

  /** In the newer era who leaves cancels (TR-9), and nothing else does; a server of the older era is told. */
  #cancels(params: JsonObject): boolean {
    const id = params['requestId'];
    const cancelled = id === undefined || this.#session.isAsked ? undefined : this.#underWay.get(sameId(id));
    cancelled?.gone.abort();
    return cancelled !== undefined;
  }
}
