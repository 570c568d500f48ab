/** What somebody has allowed a client, and still does. */
export interface Allowed {
  readonly clientId: string;
  /** The servers, by the identifiers of their tokens. */
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  /** The first time that is still good. */
  readonly sinceMs: number;
}

/** An OAuth client of the gateway's own authorization server. */
export interface KnownClient {
  readonly id: string;
  /** It registered itself, has a document at the URL that is its id, or stands in the configuration. */
  readonly known: 'registered' | 'document' | 'agreed';
  /** As it calls itself; of a document only its host was checked. */
  readonly name?: string;
  readonly redirectUris: readonly string[];
}

/** The clients that the authorization server knows, and what people have allowed them. */
export interface ClientRegister {
  /** Those of the configuration and those with a document come with the first page, then those that registered themselves, by id. */
  page(page: { readonly after?: string | undefined; readonly limit: number }): readonly KnownClient[];
  find(id: string): KnownClient | undefined;
  /** Whose accounts have allowed it something that is still good. */
  allowedTo(id: string): readonly string[];
  /** Forgets a client and ends all it has. @returns how many authorizations there were */
  remove(id: string): number;
  /** What an account has allowed, each client once. */
  allowedBy(account: string): readonly Allowed[];
  /** Takes back what an account has allowed a client. @returns how many authorizations there were */
  endClient(account: string, clientId: string): number;
}
