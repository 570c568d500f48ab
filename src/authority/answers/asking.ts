import { GatewayError } from '../../errors/gateway-error.ts';
import { oauthError } from '../../errors/oauth.ts';
import { widen, type Reply } from '../../model/exchange.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { Principal } from '../../model/principal.ts';
import type { Accounts } from '../ask/accounts.ts';
import type { Asked, Noted } from '../exchange/provider-request.ts';
import { renderStop } from '../pages/plain-pages.ts';
import type { Answered } from '../provider/provider-runner.ts';
import { AnsweredRefusal, codeOf } from '../refusal.ts';
import type { AnswerNeeds, AuthorityAsked } from './answer-needs.ts';

/** Answers that any page may read: nothing in them comes from a cookie (attacks.md group P). */
export const OPEN = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id' } as const;

/** Only what tells a guess from a mistake: a wrong secret or code counts, an expired one does not. */
const GUESSES: ReadonlySet<string> = new Set(['invalid_client']);

/** Who asked, as far as the provider found out, for the record. */
const principalOf = ({ clientId, accountId }: Noted, accounts: Accounts): Principal => ({
  subject: accountId === undefined ? `client:${clientId ?? 'unknown'}` : accounts.labelOf(accountId),
  name: clientId ?? 'unknown', method: 'oauth', credentialId: clientId ?? 'unknown', roles: [], groups: [], permissions: new PermissionSet([]),
  ...(clientId === undefined ? {} : { clientId }),
});

/** What the provider says of these is the same for whatever is wrong. */
const UNTOLD: ReadonlySet<unknown> = new Set(['invalid_grant', 'invalid_client']);

/** The provider's refusal, with where it is explained and what to do next. */
const inFull = (reply: Answered['reply'], error: GatewayError, requestId: string): Answered['reply'] => {
  const said = JSON.parse(String(reply.body)) as JsonObject; // the provider's own
  const ours = oauthError(error, requestId);
  const description = UNTOLD.has(said['error']) ? ours['error_description'] : (said['error_description'] ?? ours['error_description']);
  return { ...reply, headers: { ...reply.headers, ...OPEN }, body: JSON.stringify({ ...ours, ...said, error_description: description ?? '' }) };
};

/** RFC 6749 §5.2 knows one answer to a body that cannot be read. What is too large or too slow is told as everywhere. */
const inOAuth = async <Read>(read: () => Promise<Read>): Promise<Read> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof GatewayError && /^(?:http\.(?:media-type|encoding)|rpc\.)/.test(error.code)) throw new GatewayError('oauth.invalid-request', { reason: error.circumstances.reason, detail: error.row.title, cause: error });
    throw error;
  }
};

/** A reply of our own. */
export const whole = (status: number, headers: Readonly<Record<string, string>>, body = ''): Answered['reply'] => ({ kind: 'whole', status, headers, body });

/** What is handed to the provider besides the request itself. */
type More = Pick<Partial<Asked>, 'target' | 'method' | 'form' | 'json' | 'account' | 'atMostSeconds'>;

/** How the provider is asked, and what is made of its answer. */
export class Asking {
  readonly #needs: AnswerNeeds;

  constructor(needs: AnswerNeeds) {
    this.#needs = needs;
  }

  /** Asks the provider. */
  run(asked: AuthorityAsked, more: More = {}): Promise<Answered> {
    const { target = asked.destination.path, ...body } = more;
    return this.#needs.runner.run({ inbound: asked, target, certificate: this.#needs.certificateOf(asked), ...body });
  }

  /** Asks, and judges what comes. @throws GatewayError */
  async answer(asked: AuthorityAsked, more: More = {}): Promise<Reply> {
    return this.judged(asked, await this.run(asked, more));
  }

  /** The form of a request. @throws GatewayError `oauth.invalid-request` */
  form(asked: AuthorityAsked): Promise<ReadonlyMap<string, string>> {
    return inOAuth(async () => this.#needs.readForm(asked.headers, await asked.readBody()));
  }

  /** The JSON of a request. @throws GatewayError `oauth.invalid-request` */
  json(asked: AuthorityAsked): Promise<JsonValue> {
    return inOAuth(async () => this.#needs.readJson(asked.headers, await asked.readBody()));
  }

  /** Writes down who asked, as far as the provider found out. */
  note(asked: AuthorityAsked, { noted }: Answered): void {
    if (noted.clientId !== undefined || noted.accountId !== undefined) widen(asked, { principal: principalOf(noted, this.#needs.accounts) });
  }

  /** Takes the answer, or refuses as the provider does and with its words. @throws GatewayError */
  judged(asked: AuthorityAsked, answered: Answered): Reply {
    const { reply, noted: { error } } = answered;
    this.note(asked, answered);
    if (error === undefined && reply.status < 400) return reply;
    const code = error === undefined ? 'oauth.invalid-request' : codeOf(error.code);
    const reason = error?.reason ?? `the provider answered ${String(reply.status)}`;
    if (GUESSES.has(error?.code ?? '')) this.#needs.failed(asked.address);
    if (error?.isOurs === true) throw new GatewayError('house.fault', { reason });
    // Nobody is sent on by a link that somebody else made up, unless the operator knows the client (RFC 9700 §4.11.2, U05).
    const location = reply.status === 303 && asked.destination.endpoint === 'authorize' ? reply.headers['Location'] : undefined;
    if (location !== undefined && !this.#needs.rules.clients.some(({ id }) => id === answered.noted.clientId)) throw new AnsweredRefusal(code, { reason }, renderStop(code, location));
    // What is not redirected to the client is read by a person: a page, and nothing of the provider's.
    const isPage = asked.destination.open !== true && reply.status !== 303;
    if (isPage) throw new GatewayError(code, { reason });
    // The client is told what every bad refresh token is told; the record has the name that alarms go by.
    throw new AnsweredRefusal(answered.noted.reused === true ? 'refresh.reused' : code, { reason }, asked.destination.open === true ? inFull(reply, new GatewayError(code, { reason }), asked.id) : reply);
  }
}
