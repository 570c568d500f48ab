import type { Secret } from '../../model/secret.ts';
import type { IdentityOptions, IdentityProvider } from '../../ports/identity-provider.ts';
import type { JsonValue } from '../../model/json.ts';
import type { World } from '../../ports/world.ts';

/** What a provider needs besides its options. */
export interface IdentityNeeds extends Pick<World, 'clock' | 'network'> {
  readonly secret: Secret;
  /** Strict; throws. */
  readonly readJson: (bytes: Buffer) => JsonValue;
}

/** A kind of identity provider. To add one: its file, and its line in list.ts. */
export interface IdentityKind<Name extends string> {
  readonly kind: Name;
  /** What its button says unless the configuration does. */
  readonly label: string;
  /** For docs: which members of the configuration are its own. */
  readonly takes: readonly ('issuer' | 'url' | 'groupsClaim' | 'trustEmail' | 'scopes')[];
  /** Which of them it cannot do without. */
  readonly needs: readonly 'issuer'[];
  build(options: IdentityOptions, needs: IdentityNeeds): IdentityProvider;
}
