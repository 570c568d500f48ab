import { GatewayError } from '../../errors/gateway-error.ts';
import type { Identified, Shielded } from '../../model/exchange.ts';
import type { Authenticator, Presented, Proof } from '../../ports/authenticator.ts';
import type { Suspicion } from '../../ports/limiter.ts';
import { readCredential, type CredentialPlaces } from './credentials.ts';

export interface AuthenticateOptions extends CredentialPlaces {
  /** Tried in this order; the first that is not `absent` decides. */
  readonly authenticators: readonly Authenticator[];
}

/** Asks each way in turn; `absent` passes on, anything else ends the matter (a bad key never falls through to a cookie). */
const prove = async (authenticators: readonly Authenticator[], shielded: Shielded, presented: Presented): Promise<Proof> => {
  for (const authenticator of authenticators) {
    const judged = authenticator.authenticate(shielded, presented);
    const proof = judged instanceof Promise ? await judged : judged;
    if (proof.kind !== 'absent') return proof;
  }
  return { kind: 'absent' };
};

/**
 * Proves who calls. Credentials are read from this request alone, never from its connection or session (RS-6).
 * @throws GatewayError `credential.*`, or `limit.guessing` when the address has failed too often
 */
export const buildAuthenticate =
  (options: AuthenticateOptions, suspicion: Suspicion) =>
  async (shielded: Shielded): Promise<Identified> => {
    const presented = readCredential(shielded, options);
    if (presented === undefined) throw new GatewayError('credential.missing', { reason: 'no credential was presented' });
    const proof = await prove(options.authenticators, shielded, presented);
    if (proof.kind === 'proven') return { ...shielded, principal: proof.principal, via: presented.place };
    suspicion.failed(shielded.address);
    throw proof.kind === 'rejected' ? proof.error : new GatewayError('credential.invalid', { reason: 'no way in accepts this credential' });
  };
