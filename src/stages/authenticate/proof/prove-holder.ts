import { hash } from 'node:crypto';
import type { ProveHolder } from '../token/access-token.ts';
import { TokenFlaw } from '../token/flaw.ts';
import type { Proven } from './dpop-proof.ts';

export interface HolderNeeds {
  readonly checkProof: (text: string | undefined, about: Proven) => Promise<void>;
  /** The origins that clients use; a proof is good once, whichever it names. */
  readonly origins: readonly string[];
}

/**
 * Checks that whoever sends a token holds what it is bound to. A binding is never ignored: a bound token that is sent as if it were not is a
 * stolen one (RFC 9449 §7.1, RFC 8705 §3), and one that is not bound proves nothing under the scheme of those that are.
 */
export const buildProveHolder =
  ({ checkProof, origins }: HolderNeeds): ProveHolder =>
  (request, { place, value }, { token, rules }) => {
    const { jkt, thumbprint } = token.confirmation ?? {};
    const { bound } = rules;
    if (thumbprint !== undefined && thumbprint !== request.certificateThumbprint) throw new TokenFlaw('is bound to another client certificate than that of the connection');
    if ((jkt !== undefined) !== (place === 'dpop')) throw new TokenFlaw(jkt === undefined ? 'is not bound to a key, and was sent as if it were' : 'is bound to a key, and was sent as a bearer');
    if ((bound === 'dpop' && jkt === undefined) || (bound === 'mtls' && thumbprint === undefined) || (bound === 'any-bound' && jkt === undefined && thumbprint === undefined)) {
      throw new TokenFlaw('is not bound to its sender in the way this server asks for');
    }
    if (jkt === undefined) return undefined;
    return checkProof(request.headers['dpop'], { method: request.method, urls: origins.map((origin) => `${origin}${request.path}`), tokenDigest: hash('sha256', value, 'base64url'), thumbprint: jkt, nonce: rules.nonce });
  };
