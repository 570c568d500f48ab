import type { GatewayError } from '../errors/gateway-error.ts';
import type { Shielded } from '../model/exchange.ts';
import type { CredentialPlace, Principal } from '../model/principal.ts';

/** One credential as it was presented; the value is in no log because nothing prints it. */
export interface Presented {
  readonly place: CredentialPlace;
  readonly value: string;
}

/** `absent` asks the next method, `rejected` ends the matter, a technical failure throws. */
export type Proof =
  | { readonly kind: 'absent' }
  | { readonly kind: 'rejected'; readonly error: GatewayError }
  | { readonly kind: 'proven'; readonly principal: Principal };

export interface Authenticator {
  readonly scheme: string;
  authenticate(request: Shielded, presented: Presented): Proof | Promise<Proof>;
}
