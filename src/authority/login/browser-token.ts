import { createPrivateKey, sign } from 'node:crypto';
import type { JsonObject } from '../../model/json.ts';
import type { World } from '../../ports/world.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';

export const BROWSER_TOKEN_SECONDS = 3_600;

/** The client that a browser is by itself. */
export const BROWSER_CLIENT = 'browser';

export interface BrowserTokenNeeds extends Pick<World, 'clock' | 'random'> {
  readonly issuer: string;
  /** What the token is for: the profile, and the one server where there is only one (RFC 9068 §3). */
  readonly audience: readonly string[];
  readonly scope: string;
  readonly signingKeys: Pick<SigningKeys, 'current'>;
  readonly claimsOf: (accountId: string) => JsonObject;
}

const part = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An access token for whoever has signed in with a browser and no client (R7, R9): of the form of all others (RFC 9068 §2), for an hour; its session is that of the browser. */
export const buildBrowserToken = ({ issuer, audience, scope, signingKeys, claimsOf, clock, random }: BrowserTokenNeeds): ((accountId: string, sitting: string) => string) => (accountId, sitting) => {
  const [key = {}] = signingKeys.current().keys;
  const nowS = Math.floor(clock.nowMs() / 1000);
  const draw = (): string => Buffer.from(random.bytes(16)).toString('base64url');
  const claims = { iss: issuer, sub: accountId, aud: [...audience], client_id: BROWSER_CLIENT, scope, iat: nowS, exp: nowS + BROWSER_TOKEN_SECONDS, jti: draw(), sid: sitting, ...claimsOf(accountId) };
  const text = `${part({ alg: 'ES256', typ: 'at+jwt', kid: key['kid'] ?? '' })}.${part(claims)}`;
  const made = sign('sha256', Buffer.from(text), { key: createPrivateKey({ key: { ...key }, format: 'jwk' }), dsaEncoding: 'ieee-p1363' });
  return `${text}.${made.toString('base64url')}`;
};
