import type { ProveHolder } from '../token/access-token.ts';
import { TokenFlaw } from '../token/flaw.ts';

/** Checks that whoever sends a token holds what it is bound to; a binding is never ignored (RFC 9449 §7.1, RFC 8705 §3). */
export const buildProveHolder = (): ProveHolder => (request, { place }, { token, rules }) => {
  const { confirmation } = token;
  if (confirmation?.thumbprint !== undefined && confirmation.thumbprint !== request.certificateThumbprint) throw new TokenFlaw('is bound to another client certificate than that of the connection');
  if (confirmation?.jkt !== undefined || place === 'dpop' || rules.bound === 'dpop') throw new TokenFlaw('DPoP is not spoken here');
  if (rules.bound !== 'optional' && confirmation?.thumbprint === undefined) throw new TokenFlaw('is not bound to its sender, which this server asks for');
  return undefined;
};
