import { randomBytes } from 'node:crypto';
import { buildGuardedNetwork } from '../../src/adapters/network/guarded-network.ts';
import { realClock } from '../../src/adapters/world/world.ts';
import { Secret } from '../../src/model/secret.ts';
import type { IdentityKind, IdentityNeeds } from '../../src/adapters/identity/identity-kind.ts';
import type { IdentityOptions, IdentityProvider, LoginAttempt } from '../../src/ports/identity-provider.ts';
import { parseStrict } from '../../src/stages/understand/strict-json.ts';
import { SIGN_IN_CLIENTS, type SignInProvider } from './sign-in-provider.ts';

/** What a provider needs, where only one address may be asked. */
export const identityNeeds = (port: number, secret: string): IdentityNeeds => ({
  clock: realClock,
  network: buildGuardedNetwork({ allow: [`127.0.0.1:${String(port)}`] }, { clock: realClock }),
  readJson: (bytes) => parseStrict(bytes, { depth: 16, members: 5_000, values: 10_000 }),
  secret: new Secret(secret),
});

const token = (): string => randomBytes(32).toString('base64url');

/** What a gateway draws for one sign-in. */
export const anAttempt = (more: Partial<LoginAttempt> = {}): LoginAttempt => ({ redirectUri: 'https://mcp.example/auth/oauth/callback', state: token(), nonce: token(), codeVerifier: token(), ...more });

const PLAIN: Omit<IdentityOptions, 'name' | 'clientId'> = { scopes: [], groupsClaim: 'groups', trustEmail: false, lasting: true, wants: { emails: true, groups: true } };

/** A provider of a kind before its stand-in. */
export const providerAt = (kind: IdentityKind<string>, at: SignInProvider, more: Partial<IdentityOptions> & { readonly secret?: string } = {}): IdentityProvider => {
  const client = kind.kind === 'github' ? SIGN_IN_CLIENTS.github : SIGN_IN_CLIENTS.google;
  const { secret = client.secret, ...options } = more;
  const place = kind.kind === 'github' ? { url: at.origin } : { issuer: at.origin };
  return kind.build({ ...PLAIN, ...place, name: kind.kind, clientId: client.id, ...options }, identityNeeds(at.port, secret));
};
