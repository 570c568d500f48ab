/** By what a provider is asked whether somebody is still there, at rest. */
export interface ProviderToken {
  readonly account: string;
  /** The provider's refresh token: a stolen database alone asks nothing by it. */
  readonly sealed: string;
  /** Nobody asks before. */
  readonly askAtMs: number;
}

/** What identity providers gave to ask again by, one for each account. Every change is durable when the call returns. */
export interface ProviderTokenStore {
  find(account: string): ProviderToken | undefined;
  /** Writes one, in place of what there was. */
  put(token: ProviderToken): void;
  /** Writes one in place of `former`, by one conditional write: false where that is not what there is any more, whoever has changed it (G10). */
  replace(former: ProviderToken, next: ProviderToken): boolean;
  /** Forgets `former`; false where that is not what there is any more. */
  drop(former: ProviderToken): boolean;
  /** Those that it is time to ask by, the longest due first, of accounts that are signed in or have something that refreshes. */
  due(nowMs: number, limit: number): readonly ProviderToken[];
}
