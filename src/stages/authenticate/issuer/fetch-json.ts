import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import type { Network } from '../../../ports/network.ts';

export interface FetchNeeds {
  readonly network: Network;
  /** Strict; throws. */
  readonly readJson: (bytes: Buffer) => JsonValue;
}

const MAX_BYTES = 262_144;
const TIMEOUT_MS = 5_000;
const OK = 200;

/**
 * Fetches one JSON object of an issuer.
 * @throws Error that says what came instead
 */
export const fetchJson = async (url: string, { network, readJson }: FetchNeeds): Promise<JsonObject> => {
  const { status, body } = await network.send({ url, method: 'GET', accept: ['application/json', 'application/jwk-set+json'], maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS });
  if (status !== OK) throw new Error(`${url} answered with status ${String(status)}`);
  const value = readJson(body);
  if (!isJsonObject(value)) throw new Error(`${url} answered with something that is no JSON object`);
  return value;
};
