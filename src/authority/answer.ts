import { GatewayError } from '../errors/gateway-error.ts';
import { oauthError } from '../errors/oauth.ts';
import { widen, type Reply, type Shielded } from '../model/exchange.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { PermissionSet } from '../model/permission/permission.ts';
import type { Principal } from '../model/principal.ts';
import type { Accounts } from './ask/accounts.ts';
import type { Asked, Noted } from './exchange/provider-request.ts';
import { renderDevice, renderLoginHint, renderStop, type DeviceStep } from './pages/plain-pages.ts';
import type { ProviderButton } from './pages/sign-in-pages.ts';
import type { Answered, ProviderRunner } from './provider/provider-runner.ts';
import { AnsweredRefusal, codeOf } from './refusal.ts';
import type { AuthorityRouted } from './requests/destination.ts';
import { signInByKey } from './requests/key-exchange.ts';
import { authorizationParameters, deviceParameters, shorterLifetime, tokenParameters } from './requests/parameters.ts';
import { readRegistration } from './requests/registration.ts';
import type { AuthorityRules } from './rules.ts';

export type AuthorityAsked = AuthorityRouted & Shielded;

export interface AnswerNeeds {
  readonly runner: ProviderRunner;
  readonly rules: AuthorityRules;
  readonly accounts: Accounts;
  readonly ask: (asked: AuthorityAsked) => Promise<Reply>;
  readonly account: (asked: AuthorityAsked) => Promise<Reply>;
  /** Providers that people may sign in by. */
  readonly providers: readonly ProviderButton[];
  /** What has to do with identity providers. */
  readonly login: (asked: AuthorityAsked) => Promise<Reply>;
  readonly readForm: (headers: Shielded['headers'], body: Buffer) => ReadonlyMap<string, string>;
  readonly readJson: (headers: Shielded['headers'], body: Buffer) => JsonValue;
  /** Takes one from the registrations of an address. @throws GatewayError `oauth.registration-limited` */
  readonly countRegistration: (address: string) => void;
  /** What a signed token of our own says; undefined where it is none, or over. */
  readonly inspect: (token: string) => Promise<JsonObject | undefined>;
  /** Ends one signed token. */
  readonly deny: (token: string) => void;
  /** A client or code that was wrong. @throws GatewayError `limit.guessing` */
  readonly failed: (address: string) => void;
}

/** Answers that any page may read: nothing in them comes from a cookie (attacks.md group P). */
const OPEN = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id' } as const;
const PREFLIGHT = { ...OPEN, 'Access-Control-Allow-Methods': 'GET, POST', 'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version', 'Access-Control-Max-Age': '600' } as const;

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

const whole = (status: number, headers: Readonly<Record<string, string>>, body = ''): Answered['reply'] => ({ kind: 'whole', status, headers, body });

/** Answers what clients ask of the authorization server. Each refusal is a row of the catalogue, each answer the provider's own. */
export const buildAnswer = (needs: AnswerNeeds): ((asked: AuthorityAsked) => Promise<Reply>) => {
  const { runner, rules, accounts } = needs;

  const note = (asked: AuthorityAsked, { noted }: Answered): void => {
    if (noted.clientId !== undefined || noted.accountId !== undefined) widen(asked, { principal: principalOf(noted, accounts) });
  };

  /** Takes the answer, or refuses as the provider does and with its words. */
  const judged = (asked: AuthorityAsked, answered: Answered): Reply => {
    const { reply, noted: { error } } = answered;
    note(asked, answered);
    if (error === undefined && reply.status < 400) return reply;
    const code = error === undefined ? 'oauth.invalid-request' : codeOf(error.code);
    const reason = error?.reason ?? `the provider answered ${String(reply.status)}`;
    if (GUESSES.has(error?.code ?? '')) needs.failed(asked.address);
    if (error?.isOurs === true) throw new GatewayError('house.fault', { reason });
    // Nobody is sent on by a link that somebody else made up, unless the operator knows the client (RFC 9700 §4.11.2, U05).
    const location = reply.status === 303 && asked.destination.endpoint === 'authorize' ? reply.headers['Location'] : undefined;
    if (location !== undefined && !rules.clients.some(({ id }) => id === answered.noted.clientId)) throw new AnsweredRefusal(code, { reason }, renderStop(code, location));
    // What is not redirected to the client is read by a person: a page, and nothing of the provider's.
    const isPage = asked.destination.open !== true && reply.status !== 303;
    if (isPage) throw new GatewayError(code, { reason });
    throw new AnsweredRefusal(code, { reason }, asked.destination.open === true ? inFull(reply, new GatewayError(code, { reason }), asked.id) : reply);
  };

  const run = async (asked: AuthorityAsked, more: Pick<Partial<Asked>, 'target' | 'method' | 'form' | 'json' | 'account' | 'atMostSeconds'> = {}): Promise<Answered> => {
    const { target = asked.destination.path, ...body } = more;
    return runner.run({ inbound: asked, target, ...body });
  };

  const form = async (asked: AuthorityAsked): Promise<ReadonlyMap<string, string>> => inOAuth(() => asked.readBody().then((body) => needs.readForm(asked.headers, body)));

  /** Signed tokens the provider does not keep; whoever has proven himself as their client may end them or ask about them. */
  const aboutToken = async (asked: AuthorityAsked): Promise<Reply> => {
    const fields = await form(asked);
    const answered = await run(asked, { form: new URLSearchParams([...fields]) });
    const token = fields.get('token') ?? '';
    if (answered.noted.error?.code !== 'unsupported_token_type') return judged(asked, answered);
    note(asked, answered);
    const claims = await needs.inspect(token);
    const isTheirs = claims !== undefined && claims['client_id'] === answered.noted.clientId;
    if (asked.destination.endpoint === 'introspect') return whole(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }, JSON.stringify(isTheirs ? { active: true, token_type: 'Bearer', ...claims } : { active: false }));
    // RFC 7009 §2.2: a token that is none of theirs is as good as ended.
    if (isTheirs) needs.deny(token);
    return whole(200, { 'Cache-Control': 'no-store' });
  };

  const register = async (asked: AuthorityAsked): Promise<Reply> => {
    if (!rules.registration.dynamic) throw new GatewayError('oauth.registration-off', { reason: 'registration is switched off' });
    needs.countRegistration(asked.address);
    const metadata = readRegistration(await inOAuth(() => asked.readBody().then((body) => needs.readJson(asked.headers, body))), rules);
    return judged(asked, await run(asked, { json: JSON.stringify(metadata) }));
  };

  const device = async (asked: AuthorityAsked): Promise<Reply> => {
    const fields = asked.method === 'POST' ? { form: new URLSearchParams([...(await form(asked))]) } : {};
    const answered = await run(asked, { target: asked.query === '' || asked.method === 'POST' ? asked.destination.path : `${asked.destination.path}?${asked.query}`, ...fields });
    const { reply, noted } = answered;
    const type = reply.headers['Content-Type'] ?? '';
    if (!type.includes('json') || !String(reply.body).startsWith('{"page"')) return judged(asked, answered);
    note(asked, answered);
    const step = JSON.parse(String(reply.body)) as DeviceStep & { readonly clientId?: string }; // written by the provider's pages
    const client = step.clientId === undefined ? undefined : await (await runner.provider).Client.find(step.clientId);
    const page = { ...renderDevice({ ...step, clientName: client?.clientName ?? step.clientId ?? '' }), ...(reply.cookies === undefined ? {} : { cookies: reply.cookies }) };
    if (step.failed !== true) return page;
    // A user code is short: who tries many of them is stopped (RFC 8628 §5.1).
    needs.failed(asked.address);
    throw new AnsweredRefusal('oauth.invalid-grant', { reason: noted.error?.reason ?? 'a user code that is not known' }, page);
  };

  const token = async (asked: AuthorityAsked): Promise<Reply> => {
    const parameters = tokenParameters(await form(asked), rules, (redeemed) => runner.resourcesOf(redeemed));
    const atMostSeconds = shorterLifetime(parameters);
    const signedIn = await signInByKey(asked, parameters, needs);
    return judged(asked, await run(asked, { form: parameters, atMostSeconds, account: signedIn?.accountId }));
  };

  const metadata = async (asked: AuthorityAsked): Promise<Reply> => {
    const { reply } = await run(asked, { target: '/.well-known/oauth-authorization-server', method: 'GET' });
    const said = JSON.parse(String(reply.body)) as JsonObject; // the provider's own
    return whole(200, { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300' }, JSON.stringify({ ...said, response_modes_supported: ['query'], ...(rules.clients.some(({ assertions }) => assertions.size > 0) ? { authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'] } : {}), service_documentation: 'https://sallyport.dev/docs/authorization-server' }));
  };

  const answer = async (asked: AuthorityAsked): Promise<Reply> => {
    switch (asked.destination.endpoint) {
      case 'metadata':
        return metadata(asked);
      case 'authorize':
        return judged(asked, await run(asked, { target: `${asked.destination.path}?${authorizationParameters(asked.query, rules).toString()}` }));
      case 'token':
        return token(asked);
      case 'device-code':
        return judged(asked, await run(asked, { form: deviceParameters(await form(asked), rules) }));
      case 'revoke':
      case 'introspect':
        return aboutToken(asked);
      case 'register':
        return register(asked);
      case 'device':
      case 'device-resume':
        return device(asked);
      case 'ask':
        return needs.ask(asked);
      case 'account':
        return needs.account(asked);
      case 'idp-start':
      case 'idp-callback':
      case 'profile':
      case 'leave':
        return needs.login(asked);
      case 'login':
        return renderLoginHint(needs.providers);
      default:
        return judged(asked, await run(asked));
    }
  };

  return async (asked) => {
    const { destination: { endpoint, open }, method } = asked;
    // By its endpoint and not by its path: ids of questions have no business in a record.
    widen(asked, { call: { kind: 'request', era: 'modern', id: asked.id, method: `oauth/${endpoint}`, params: {}, primitives: [] } as const });
    if (open === true && method === 'OPTIONS') return whole(204, PREFLIGHT);
    const reply = await answer(asked);
    return open === true ? { ...reply, headers: { ...reply.headers, ...OPEN } } : reply;
  };
};
