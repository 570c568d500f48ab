import { Secret } from '../../../model/secret.ts';
import { ANY_TYPE, type FetchedAnswer, type Network } from '../../../ports/network.ts';
import { redactStart } from '../../../model/redaction.ts';

const [TIMEOUT_MS, MOST_BYTES, MOST_SAID] = [10_000, 256 * 1024, 160];

/** The headers that the configuration gives, with their secrets. */
export const plainHeaders = (headers: Readonly<Record<string, Secret | string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value instanceof Secret ? value.reveal() : value]));

/** An answer that is no success. */
export class ReceiverRefused extends Error {
  readonly status: number;

  constructor(status: number, said: string) {
    super(`the receiver answers ${String(status)}: ${said}`);
    this.status = status;
  }
}

const isSuccess = (status: number): boolean => Math.floor(status / 100) === 2;

/**
 * Posts JSON through the guarded way out.
 * @throws ReceiverRefused for every answer that is no success; a redirect is none
 */
export const postJson = async (network: Network, { url, headers, body, signal }: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly signal?: AbortSignal }): Promise<FetchedAnswer> => {
  const answer = await network.send({ url, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body, accept: [ANY_TYPE], maxBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) });
  if (!isSuccess(answer.status)) throw new ReceiverRefused(answer.status, redactStart(answer.body.toString(), MOST_SAID));
  return answer;
};
