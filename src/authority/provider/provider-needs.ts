import type OidcProvider from 'oidc-provider';
import type { Context } from 'oidc-provider';
import type { JsonObject } from '../../model/json.ts';
import type { Sealing } from '../keys/sealing.ts';
import type { RefreshTokenNeeds } from '../records/refresh-tokens.ts';
import type { RedeemedAssertion } from './assertion.ts';
import type { AuthorityRules } from '../rules.ts';

/** What the provider is made of. It is made anew when the configuration or the keys change. */
export interface ProviderNeeds extends Omit<RefreshTokenNeeds, 'alreadyUsed' | 'graceMsOf' | 'idleMs'> {
  readonly rules: AuthorityRules;
  readonly sealing: Sealing;
  /** Private keys, the one that signs first. */
  readonly keys: readonly JsonObject[];
  /** Whom an account stands for; undefined when nobody may act by it any more. */
  readonly isAccount: (accountId: string) => boolean;
  /** Whether somebody has said that a client is let in no more. */
  readonly isClientDenied: (clientId: string) => boolean;
  /** Claims of an access token besides those of RFC 9068. */
  readonly claimsOf: (token: { readonly accountId?: string; readonly grantId?: string }) => JsonObject;
  /** The one way out, for documents and keys of clients. */
  readonly fetch: (url: string | URL) => Promise<Response>;
  /** Whether another document is fetched for this address: each costs more than the request that names it. */
  readonly mayFetchFor: (address: string) => boolean;
  /** Whom an identity assertion of a client stands for. It throws what says why it is not good. */
  readonly redeemAssertion: (assertion: string, clientId: string) => Promise<RedeemedAssertion>;
  /** A family was ended: what was issued of it is over too. */
  readonly onRevoked: (grantId: string) => void;
  /** Tokens were issued by a grant, named as the request named it. */
  readonly onTokens: (grant: string) => void;
  /** A browser that is signed in, by the second name of its session, gets a grant. */
  readonly onSeated: (browser: string, grantId: string) => void;
  /** What this person has agreed to before, as a grant; undefined where they must be asked. */
  readonly rememberedGrant: (provider: OidcProvider, context: Context) => Promise<string | undefined>;
}
