import type { Configuration } from 'openid-client';
import type { ExternalIdentity } from '../../model/external-identity.ts';
import { Secret } from '../../model/secret.ts';
import type { StillThere } from '../../ports/identity-provider.ts';
import { identityFault, refusalIn } from './identity-fault.ts';

interface Wanted {
  readonly refreshToken: Secret;
  readonly subject: string;
  /** Asks who it is, by the access token. */
  readonly look?: (accessToken: string) => Promise<ExternalIdentity>;
}

/** Who cannot be looked at now is looked at the next time: what was given for that must not be lost. */
const lookedAt = async (accessToken: string, { look }: Wanted): Promise<ExternalIdentity | undefined> => {
  try {
    return await look?.(accessToken);
  } catch {
    return undefined;
  }
};

const ask = async (client: Configuration, wanted: Wanted): Promise<StillThere> => {
  const { refreshToken, subject } = wanted;
  const { refreshTokenGrant } = await import('openid-client');
  const tokens = await refreshTokenGrant(client, refreshToken.reveal());
  const identity = await lookedAt(tokens.access_token, wanted);
  const about = identity?.subject ?? tokens.claims()?.sub;
  // Core §12.2: an ID token that comes along is about the same person.
  if (about !== undefined && about !== subject) throw new TypeError('the answer is about somebody else');
  return { kind: 'there', ...(tokens.refresh_token === undefined ? {} : { refreshToken: new Secret(tokens.refresh_token) }), ...(identity === undefined ? {} : { identity }) };
};

/**
 * Uses a refresh token at its provider: what it opens there is thrown away, once it was looked who that is.
 * @param client the client that we are there
 * @throws GatewayError `idp.*` for all but a plain yes or no
 */
export const refreshed = async (name: string, client: () => Promise<Configuration>, wanted: Wanted): Promise<StillThere> => {
  try {
    return await ask(await client(), wanted);
  } catch (error) {
    const reason = refusalIn(error);
    if (reason !== undefined) return { kind: 'refused', reason };
    throw identityFault(name, error);
  }
};
