import { FetchError, type FetchedAnswer, type Network, type OutgoingRequest } from '../../src/ports/network.ts';

/** What a scripted URL answers: JSON with status 200, a whole answer, or an error that is thrown. */
export type Scripted = object | Error | ((request: OutgoingRequest) => FetchedAnswer | Promise<FetchedAnswer>);

/** An answer with a JSON body. */
export const jsonAnswer = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): FetchedAnswer => ({
  status, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(JSON.stringify(body)),
});

/** A network that knows only scripted URLs and fails on every other, as a machine without a way out would. */
export class ScriptedNetwork implements Network {
  readonly sent: OutgoingRequest[] = [];
  readonly #answers = new Map<string, Scripted>();

  constructor(answers: Readonly<Record<string, Scripted>> = {}) {
    for (const [url, answer] of Object.entries(answers)) this.script(url, answer);
  }

  /** Sets what a URL answers from now on. */
  script(url: string, answer: Scripted): void {
    this.#answers.set(url, answer);
  }

  async send(request: OutgoingRequest): Promise<FetchedAnswer> {
    this.sent.push(request);
    const answer = this.#answers.get(request.url);
    if (answer === undefined) throw new FetchError('refused', `the test has no host for ${request.url}`);
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(request) : jsonAnswer(answer);
  }

  /** How often a URL was asked for. */
  count(url: string): number {
    return this.sent.filter((request) => request.url === url).length;
  }
}
