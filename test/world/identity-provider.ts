import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { startProcess, type RunningProcess } from './running-process.ts';
import type { TestKey } from './token-issuer.ts';

export type ProviderAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

const CLIENT = { id: 'agent', secret: 'agent-secret-0123456789' };
/** The gateway's own client, which may ask about tokens. */
export const INTROSPECTOR = { id: 'gateway', secret: 'gateway-secret-0123456789' };

const program = join(import.meta.dirname, '../fixtures/oidc-issuer/oidc-issuer.ts');

/** A real identity provider: oidc-provider in a process of its own, whose keys can be rotated while it runs. */
export class IdentityProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly port: number;
  readonly #process: RunningProcess;
  #told = 0;

  private constructor(process: RunningProcess, issuer: string) {
    [this.#process, this.issuer, this.port] = [process, issuer, Number(new URL(issuer).port)];
  }

  /** @param port a free one unless given, as after an outage */
  static async start(algorithm: ProviderAlgorithm = 'ES256', port = 0): Promise<IdentityProvider> {
    const running = startProcess([process.execPath, program, algorithm, String(port)], { hears: true });
    try {
      const [, issuer = ''] = await running.says(/^issuer (\S+)$/m);
      return new IdentityProvider(running, issuer);
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /** Signs with another key from now on; the former one stays in the set, or goes. */
  async rotate(algorithm: ProviderAlgorithm, { keepOld }: { readonly keepOld: boolean }): Promise<void> {
    await this.#tell(`rotate ${algorithm} ${keepOld ? 'keep' : 'drop'}`);
  }

  /** The requests that came, by path. */
  async asked(): Promise<readonly string[]> {
    return JSON.parse(await this.#tell('asked')) as readonly string[]; // the program writes a list of texts
  }

  /** An access token for a resource, by the client credentials grant: a JWT, or opaque where the resource ends in `?opaque`. */
  async token(resource: string, { scope = 'crm:get_customer', key }: { readonly scope?: string; readonly key?: TestKey } = {}): Promise<string> {
    const url = `${this.issuer}/token`;
    const headers = { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`, ...(key === undefined ? {} : { DPoP: proofOf(key, { url, method: 'POST' }) }) };
    const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource }) });
    const body = (await answer.json()) as { readonly access_token?: string }; // what a token endpoint answers
    if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }

  /** Says a line to it and waits for its answer, which has the number of the line. */
  async #tell(line: string): Promise<string> {
    this.#told += 1;
    const number = String(this.#told);
    this.#process.tell(line);
    const [, answer = ''] = await this.#process.says(new RegExp(`^answer ${number} (.*)\\n`, 'm'));
    return answer;
  }
}

/** A DPoP proof (RFC 9449 §4.2), for a token where one is presented. */
export const proofOf = (key: TestKey, { url, method, token }: { readonly url: string; readonly method: string; readonly token?: string }): string => {
  const { kid: _kid, use: _use, alg: _alg, ...jwk } = key.jwk;
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
  return key.sign({ jti: crypto.randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ...ath }, { typ: 'dpop+jwt', kid: undefined, jwk });
};
