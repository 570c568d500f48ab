import { readSent } from '../../bridge/message.ts';
import { openWay } from '../../bridge/post.ts';
import { statusOf, textOf } from '../../bridge/receive.ts';
import type { JsonObject } from '../../model/json.ts';
import { COMMAND_LINE_CLIENT, EXCHANGE_GRANT, KEY_TYPE } from '../../model/token/key-exchange.ts';
import { CliError, EXIT } from '../exit.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' } as const;
const TIMEOUT_MS = 15_000;

/** What a token request has brought. */
export interface Minted {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly expiresInSeconds: number;
  readonly scope: string;
}

const textIn = (said: JsonObject, member: string): string | undefined => (typeof said[member] === 'string' ? said[member] : undefined);

/** A client of the authorization server of one gateway: nothing is sent anywhere else. */
export class TokenClient {
  readonly #origin: string;
  readonly #authority: string | undefined;
  readonly resource: string;

  /** @param authority PEM; who signed the gateway's certificate, where that is nobody the system knows */
  constructor(resource: URL, authority: string | undefined) {
    [this.resource, this.#origin, this.#authority] = [resource.href, resource.origin, authority];
  }

  /** Exchanges a key for tokens (RFC 8693). @throws CliError */
  exchange(key: string, { scope, seconds, lasting }: { readonly scope: string; readonly seconds: number | undefined; readonly lasting: boolean }): Promise<Minted> {
    const scopes = [scope, ...(lasting ? ['offline_access'] : [])].filter((one) => one !== '').join(' ');
    return this.#token({ grant_type: EXCHANGE_GRANT, subject_token: key, subject_token_type: KEY_TYPE, resource: this.resource, ...(scopes === '' ? {} : { scope: scopes }) }, seconds);
  }

  /** Takes the successor of a refresh token (RFC 6749 §6). @throws CliError */
  refresh(refreshToken: string, seconds: number | undefined): Promise<Minted> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: refreshToken }, seconds);
  }

  /** Ends a refresh token and all that came of it (RFC 7009). */
  async revoke(refreshToken: string): Promise<void> {
    await this.#post('/oauth/revoke', { token: refreshToken, client_id: COMMAND_LINE_CLIENT });
  }

  async #token(parameters: Readonly<Record<string, string>>, seconds: number | undefined): Promise<Minted> {
    const { status, said } = await this.#post('/oauth/token', { ...parameters, client_id: COMMAND_LINE_CLIENT, ...(seconds === undefined ? {} : { expires_in: String(seconds) }) });
    const accessToken = textIn(said, 'access_token');
    if (accessToken === undefined) throw this.#refused(status, said);
    return { accessToken, refreshToken: textIn(said, 'refresh_token'), expiresInSeconds: Number(said['expires_in']), scope: textIn(said, 'scope') ?? '' };
  }

  #refused(status: number, said: JsonObject): CliError {
    const error = textIn(said, 'error');
    if (error === undefined) return new CliError(`${this.#origin}/oauth/token answered HTTP ${String(status)} and no token`, { exitCode: EXIT.failure, cure: 'is it a gateway with authority: { enabled: true }, and the URL that of one of its servers?' });
    const cure = error === 'invalid_target' ? 'write the URL of one of its servers, as its protected resource metadata has it' : error === 'invalid_grant' ? 'look at the key: sallyport keys show, and what it may do there' : (textIn(said, 'hint') ?? 'see docs/errors.md');
    return new CliError(`no token (${error}): ${textIn(said, 'error_description') ?? `HTTP ${String(status)}`}`, { exitCode: EXIT.denied, cure });
  }

  async #post(path: string, parameters: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly said: JsonObject }> {
    const way = openWay(new URL(path, this.#origin), { authority: this.#authority });
    try {
      const answer = await way.send({ method: 'POST', headers: FORM, body: new URLSearchParams(parameters).toString(), signal: AbortSignal.timeout(TIMEOUT_MS) });
      return { status: statusOf(answer), said: readSent(await textOf(answer)) ?? {} };
    } catch (cause) {
      throw new CliError(`${this.#origin} was not reached`, { exitCode: EXIT.unreachable, cure: 'is the gateway running? Whose certificate it has can be named with --ca', cause });
    } finally {
      way.close();
    }
  }
}
