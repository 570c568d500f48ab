import type { Configuration } from 'openid-client';
import { Secret } from '../../model/secret.ts';
import type { StillThere } from '../../ports/identity-provider.ts';
import { identityFault, refusalIn } from './identity-fault.ts';

interface Wanted {
  readonly refreshToken: Secret;
  readonly subject: string;
}

const ask = async (client: Configuration, { refreshToken, subject }: Wanted): Promise<StillThere> => {
  const { refreshTokenGrant } = await import('openid-client');
  const tokens = await refreshTokenGrant(client, refreshToken.reveal());
  const about = tokens.claims()?.sub;
  // Core §12.2: an ID token that comes along is about the same person.
  if (about !== undefined && about !== subject) throw new TypeError('the answer is about somebody else');
  return { kind: 'there', ...(tokens.refresh_token === undefined ? {} : { refreshToken: new Secret(tokens.refresh_token) }) };
};

/**
 * Uses a refresh token at its provider: what it opens there is thrown away, only that it does is of interest.
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
