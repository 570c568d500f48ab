import { hash } from 'node:crypto';
import type { IntrospectionRules, Issuer, TokenRules } from '../../../model/token/issuer.ts';
import { isJsonObject, type JsonObject } from '../../../model/json.ts';
import type { Network } from '../../../ports/network.ts';
import { TokenFlaw } from './flaw.ts';
import { judgeKind, judgeTimes } from './judge-claims.ts';
import type { ReadJson } from './read-jws.ts';
import type { ProvenClaims } from './verified-token.ts';

export interface IntrospectNeeds {
  readonly issuers: readonly Issuer[];
  readonly network: Network;
  readonly readJson: ReadJson;
  readonly clock: { nowMs(): number };
}

const MAX_BYTES = 65_536;
const TIMEOUT_MS = 5_000;
/** Questions under way at once: past that nobody waits, because more would not be answered sooner. */
const MOST_AT_ONCE = 64;
const MAX_LENGTH = 4_096;
const OK = 200;

/** What RFC 6749 §7.1 and RFC 9449 §5 call access tokens: a refresh token may be active too. */
const ACCESS_TYPES: ReadonlySet<string> = new Set(['bearer', 'dpop', 'access_token']);

/** RFC 6749 §2.3.1: both halves are encoded as form values before they are joined. */
const formValue = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

const basic = ({ clientId, clientSecret }: IntrospectionRules): string => `Basic ${Buffer.from(`${formValue(clientId)}:${formValue(clientSecret.reveal())}`).toString('base64')}`;

const unchecked = ({ name }: Issuer, why: string): TokenFlaw => new TokenFlaw(`the introspection endpoint of ${name} ${why}`, 'unchecked');

/** What kind of token it is, where the answer says it at all (J07). */
const judgeType = (answer: JsonObject, issuer: Issuer): void => {
  const type = answer['token_type'];
  if (type !== undefined && !(typeof type === 'string' && ACCESS_TYPES.has(type.toLowerCase()))) throw new TokenFlaw('is active and no access token');
  const requires = Object.fromEntries(Object.entries(issuer.profile.requires).filter(([name, wanted]) => wanted !== 'present' && answer[name] !== undefined));
  judgeKind(answer, { issuer: issuer.issuer, profile: { ...issuer.profile, requires } });
  if (answer['iss'] !== undefined && answer['iss'] !== issuer.issuer) throw new TokenFlaw('is of another issuer than the one that was asked');
};

/**
 * A client that acts for itself has no resource owner, and the answer then need not name a subject (RFC 7662 §2.2). It is called by a name
 * that no person has.
 */
const withSubject = (answer: JsonObject): JsonObject => {
  const { sub, client_id: client } = answer;
  return sub === undefined && typeof client === 'string' ? { ...answer, sub: `client:${client}` } : answer;
};

const believed = (answer: JsonObject, issuer: Issuer, { cacheMs, nowMs }: { readonly cacheMs: number; readonly nowMs: number }): ProvenClaims => {
  judgeType(answer, issuer);
  const times = judgeTimes(answer, issuer, nowMs);
  return { issuer, claims: withSubject(answer), ...times, rememberUntilMs: Math.min(nowMs + cacheMs, times.expiresAtMs ?? Number.POSITIVE_INFINITY), voucher: { holds: () => true } };
};

/**
 * Asks issuers about opaque tokens (RFC 7662). One question for one token at a time, however many requests wait for it; what cannot be asked
 * is refused.
 * @returns the claims of the first issuer that says the token is active; the function throws a TokenFlaw otherwise
 */
export const buildIntrospect = ({ issuers, network, readJson, clock }: IntrospectNeeds): ((value: string, rules: TokenRules) => Promise<ProvenClaims>) => {
  const running = new Map<string, Promise<JsonObject>>();

  const ask = async (value: string, issuer: Issuer, rules: IntrospectionRules): Promise<JsonObject> => {
    const body = new URLSearchParams({ token: value, token_type_hint: 'access_token' }).toString();
    const headers = { authorization: basic(rules), 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await network.send({ url: rules.url, method: 'POST', headers, body, accept: ['application/json'], maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS }).catch((error: unknown) => {
      throw unchecked(issuer, `cannot be asked: ${error instanceof Error ? error.message : 'unknown'}`);
    });
    if (answer.status !== OK) throw unchecked(issuer, `answered with status ${String(answer.status)}`);
    try {
      const read = readJson(answer.body);
      if (isJsonObject(read) && typeof read['active'] === 'boolean') return read;
    } catch {
      // Said below: what cannot be read is no answer.
    }
    throw unchecked(issuer, 'answered with something that does not say whether the token is active (RFC 7662 §2.2)');
  };

  const askOnce = (value: string, issuer: Issuer, rules: IntrospectionRules): Promise<JsonObject> => {
    const question = `${issuer.name} ${hash('sha256', value, 'base64url')}`;
    const known = running.get(question);
    if (known !== undefined) return known;
    if (running.size >= MOST_AT_ONCE) throw unchecked(issuer, 'has too many questions to answer');
    const asked = ask(value, issuer, rules).finally(() => void running.delete(question));
    running.set(question, asked);
    return asked;
  };

  return async (value, { issuers: accepted }) => {
    if (value.length > MAX_LENGTH) throw new TokenFlaw(`an opaque token of ${String(value.length)} characters`);
    for (const issuer of issuers) {
      const { introspection } = issuer;
      if (introspection === undefined || !accepted.has(issuer.name)) continue;
      const answer = await askOnce(value, issuer, introspection);
      if (answer['active'] === true) return believed(answer, issuer, { cacheMs: introspection.cacheMs, nowMs: clock.nowMs() });
    }
    throw new TokenFlaw('no issuer says that it is active');
  };
};
