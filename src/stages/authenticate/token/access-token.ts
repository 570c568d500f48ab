import { hash } from 'node:crypto';
import { GatewayError } from '../../../errors/gateway-error.ts';
import type { Shielded } from '../../../model/exchange.ts';
import type { TokenRules } from '../../../model/token/issuer.ts';
import { tokenDigest } from '../../../model/token/token-digest.ts';
import type { Authenticator, Presented, Proof } from '../../../ports/authenticator.ts';
import type { Denials } from '../../../ports/denials.ts';
import type { Clock } from '../../../ports/world.ts';
import type { Rights } from '../index-keys.ts';
import { TokenFlaw } from './flaw.ts';
import { audienceOf, confirmationOf } from './judge-claims.ts';
import { TokenCache } from './token-cache.ts';
import type { LongTokens } from './long-tokens.ts';
import { factsOf, principalOf } from './token-principal.ts';
import type { ProvenClaims, VerifiedToken } from './verified-token.ts';

/** Proves that whoever sends a bound token holds what it is bound to; it throws a TokenFlaw or GatewayError otherwise. */
export type ProveHolder = (request: Shielded, presented: Presented, about: { readonly token: VerifiedToken; readonly rules: TokenRules }) => Promise<void> | undefined;

export interface AccessTokenNeeds {
  /** By server; one that is not there takes no tokens. */
  readonly rules: ReadonlyMap<string, TokenRules>;
  readonly rights: Rights;
  readonly denials: Denials;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether this way in knows what to do with such a text. */
  readonly reads: (value: string, request: Shielded) => boolean;
  /** Verifies a token that is not remembered. @throws TokenFlaw, GatewayError */
  readonly verify: (value: string, rules: TokenRules, request: Shielded) => Promise<ProvenClaims>;
  readonly proveHolder: ProveHolder;
  /** Told of each token that opens something for the first time. */
  readonly longTokens: Pick<LongTokens, 'note'>;
}

const ABSENT: Proof = { kind: 'absent' };

const CODES = { invalid: 'token.invalid', expired: 'token.expired', unchecked: 'token.unchecked' } as const;

const asError = (thrown: unknown): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  if (!(thrown instanceof TokenFlaw)) throw thrown;
  return new GatewayError(CODES[thrown.kind], { reason: thrown.message, ...(thrown.kind === 'unchecked' ? { headers: { 'Retry-After': '30' } } : {}) });
};

const refused = (thrown: unknown): Proof => ({ kind: 'rejected', error: asError(thrown) });

/** What a request asks of every token again, remembered or not (J08, J15). @throws TokenFlaw */
const judge = (token: VerifiedToken, rules: TokenRules, denials: Denials): void => {
  if (!rules.issuers.has(token.issuer)) throw new TokenFlaw(`of the issuer ${token.issuer}, which this server does not accept`);
  if (!token.audience.some((one) => rules.audience.has(one))) throw new TokenFlaw(`is for ${token.audience.join(', ').slice(0, 200)}, not for this server`);
  const denied = denials.against(token.facts);
  if (denied !== undefined) throw new TokenFlaw(denied);
};

/**
 * Access tokens of the issuers that the configuration names. What was verified is remembered by the token's digest; for whom it is, whether
 * it was denied and whether its holder sends it is asked on every request.
 */
export const buildAccessToken = ({ rules, rights, denials, clock, reads, verify, proveHolder, longTokens }: AccessTokenNeeds): Authenticator => {
  const cache = new TokenCache();

  const admit = (request: Shielded, presented: Presented, about: { readonly token: VerifiedToken; readonly rules: TokenRules }): Proof | Promise<Proof> => {
    judge(about.token, about.rules, denials);
    const proven: Proof = { kind: 'proven', principal: about.token.principal };
    const holding = proveHolder(request, presented, about);
    return holding === undefined ? proven : holding.then(() => proven, refused);
  };

  const make = (proven: ProvenClaims, value: string): VerifiedToken => {
    const confirmation = confirmationOf(proven.claims);
    const facts = factsOf(proven, tokenDigest(value), confirmation?.thumbprint);
    return {
      principal: principalOf(proven, facts, rights),
      facts,
      issuer: proven.issuer.name,
      audience: audienceOf(proven.claims, proven.issuer.profile),
      confirmation,
      rememberUntilMs: proven.rememberUntilMs ?? proven.expiresAtMs ?? 0,
      voucher: proven.voucher,
    };
  };

  const learn = async (request: Shielded, presented: Presented, digest: string, own: TokenRules): Promise<Proof> => {
    try {
      const claims = await verify(presented.value, own, request);
      const token = make(claims, presented.value);
      const proof = await admit(request, presented, { token, rules: own });
      if (proof.kind !== 'proven') return proof;
      cache.remember(digest, token);
      longTokens.note(token.principal, claims);
      return proof;
    } catch (thrown) {
      return refused(thrown);
    }
  };

  return {
    scheme: 'oauth',
    authenticate(request, presented) {
      const own = rules.get(request.route.server);
      if (own === undefined || !(presented.place === 'bearer' || presented.place === 'dpop') || !reads(presented.value, request)) return ABSENT;
      const digest = hash('sha256', presented.value, 'base64url');
      const token = cache.recall(digest, clock.nowMs());
      if (token === undefined) return learn(request, presented, digest, own);
      try {
        return admit(request, presented, { token, rules: own });
      } catch (thrown) {
        return refused(thrown);
      }
    },
  };
};
