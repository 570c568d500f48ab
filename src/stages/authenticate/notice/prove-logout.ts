import { isJsonObject, type JsonObject } from '../../../model/json.ts';
import type { NoticeRules } from '../../../model/token/notice.ts';
import { TokenFlaw } from '../token/flaw.ts';
import { audienceOf, judgeTimes } from '../token/judge-claims.ts';
import { textClaim } from '../token/read-claim.ts';
import { verifySigned, type VerifyNeeds } from '../token/verify-jwt.ts';

/** Whom the issuer has logged out. */
export interface Logout {
  readonly subject: string | undefined;
  readonly sessionId: string | undefined;
  /** By the clock of the issuer, as `iat` of its access tokens is. */
  readonly issuedAtMs: number;
  readonly tokenId: string;
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

const judgeEvent = ({ events, nonce }: JsonObject): void => {
  if (nonce !== undefined) throw new TokenFlaw('has a nonce, which no logout token has');
  if (!isJsonObject(events) || !Object.hasOwn(events, EVENT) || !isJsonObject(events[EVENT])) throw new TokenFlaw('is about no logout');
};

/**
 * Proves a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6): of exactly this issuer, typed as one, for our client, timely, about a
 * logout and about somebody.
 * @throws TokenFlaw
 */
export const proveLogout = async (text: string, rules: NoticeRules, needs: VerifyNeeds): Promise<Logout> => {
  const { jws: { payload }, trusted: { issuer } } = await verifySigned(text, needs, ['logout+jwt']);
  if (issuer.name !== rules.name) throw new TokenFlaw('is of another issuer than its path');
  if (payload['exp'] === undefined) throw new TokenFlaw('has no exp');
  const { issuedAtMs } = judgeTimes(payload, issuer, needs.clock.nowMs());
  if (!audienceOf(payload, { audience: ['aud'] }).some((one) => rules.logoutAudience.has(one))) throw new TokenFlaw('is for another client');
  judgeEvent(payload);
  const [subject, sessionId, tokenId] = ['sub', 'sid', 'jti'].map((name) => textClaim(payload, [name], name));
  if (subject === undefined && sessionId === undefined) throw new TokenFlaw('is about nobody');
  if (issuedAtMs === undefined || tokenId === undefined) throw new TokenFlaw('has no iat or no jti');
  return { subject, sessionId, issuedAtMs, tokenId };
};
