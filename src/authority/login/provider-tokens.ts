import { Secret } from '../../model/secret.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import type { ProviderToken } from '../../ports/provider-token-store.ts';
import type { Sealing } from '../keys/sealing.ts';

/** It opens for the one person that it is about, by issuer and subject, and for no other row of the table. */
const placeOf = ({ id, issuer, subject }: KnownPerson): string => `provider token ${JSON.stringify([id, issuer, subject])}`;

/** Seals the refresh token of a provider, as it rests in the database (decision 19). */
export const sealToken = (refreshToken: Secret, person: KnownPerson, sealing: Sealing): string => sealing.seal(refreshToken.reveal(), placeOf(person));

/** @throws Error when it was not sealed here, or is about somebody else */
export const openToken = ({ sealed }: ProviderToken, person: KnownPerson, sealing: Sealing): Secret => new Secret(sealing.open(sealed, placeOf(person)));
