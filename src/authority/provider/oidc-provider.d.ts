/** The part of oidc-provider that is used here; the package brings no types of its own. */
declare module 'oidc-provider' {
  /** A model of something that is stored: a grant, a session, a token. */
  export interface Model {
    readonly jti: string;
    readonly accountId?: string;
    readonly clientId?: string;
    readonly grantId?: string;
    readonly kind: string;
    destroy(): Promise<void>;
    save(ttl?: number): Promise<string>;
    generateTokenId(): string;
  }

  export interface Session extends Model {
    readonly uid: string;
    loginAccount(details: { readonly accountId: string; readonly loginTs: number }): void;
  }

  export interface AccessToken extends Model {
    resourceServer: object;
    scope: string;
    readonly expiration: number;
    setThumbprint(kind: 'x5t' | 'jkt', of: unknown): void;
  }

  export interface Grant extends Model {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
  }

  export interface Client {
    readonly clientId: string;
    readonly clientName?: string;
    readonly clientUri?: string;
    readonly redirectUris?: readonly string[];
    readonly clientIdMetadataDocument?: true;
    readonly jwks?: object;
    readonly jwksUri?: string;
    readonly clientAuthMethod: string;
    readonly tlsClientCertificateBoundAccessTokens?: boolean;
    grantTypeAllowed(type: string): boolean;
    metadata(): object;
  }

  export interface Interaction extends Model {
    readonly uid: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly prompt: { readonly name: string; readonly reasons: readonly string[] };
    readonly returnTo: string;
    session?: { readonly accountId: string; readonly uid?: string; readonly cookie?: string } | undefined;
    readonly deviceCode?: string;
    readonly exp: number;
  }

  export interface Context {
    readonly req: object;
    readonly path: string;
    get(header: string): string;
    set(header: string, value: string): void;
    body: unknown;
    status: number;
    type: string;
    readonly oidc: {
      readonly route: string;
      readonly params?: Readonly<Record<string, unknown>>;
      readonly client?: Client;
      readonly account?: { readonly accountId: string };
      readonly entities: Readonly<Record<string, Model | undefined>>;
      readonly result?: { readonly consent?: { readonly grantId?: string } };
      readonly session?: { readonly accountId?: string; readonly uid: string };
    };
  }

  interface ModelClass<Kind extends Model> {
    new (payload?: Readonly<Record<string, unknown>>): Kind;
    find(id: string): Promise<Kind | undefined>;
    readonly prototype: Kind;
  }

  export interface ProviderError extends Error {
    readonly error?: string;
    readonly error_description?: string;
    readonly error_detail?: string;
    readonly statusCode?: number;
  }

  export default class OidcProvider {
    constructor(issuer: string, options: object);
    static readonly ctx: Context | undefined;
    proxy: boolean;
    silent: boolean;
    readonly Grant: ModelClass<Grant>;
    readonly Session: ModelClass<Session> & { findByUid(uid: string): Promise<Session | undefined> };
    readonly RefreshToken: ModelClass<Model>;
    readonly AccessToken: ModelClass<AccessToken>;
    readonly ResourceServer: new (identifier: string, info: object) => object;
    registerGrantType(name: string, handler: (context: Context) => Promise<void>, parameters: readonly string[]): void;
    readonly ReplayDetection: { unique(issuer: string, id: string, expiresAt: number): Promise<boolean> };
    readonly Client: { find: (id: string) => Promise<Client | undefined> };
    callback(): (request: object, response: object) => Promise<void>;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this;
    on(event: string, listener: (context: Context, error: ProviderError) => void): this;
    interactionDetails(request: object, response: object): Promise<Interaction>;
    interactionResult(request: object, response: object, result: object, options?: { readonly mergeWithLastSubmission: boolean }): Promise<string>;
  }

  export const errors: { readonly InvalidRequest: new (detail: string) => ProviderError; readonly InvalidScope: new (detail: string, scope: string) => ProviderError; readonly InvalidGrant: new (detail: string) => ProviderError; readonly InvalidTarget: new (detail?: string) => ProviderError; readonly InvalidClientAuth: new (detail: string) => ProviderError; readonly InvalidClient: new (detail: string) => ProviderError; readonly TemporarilyUnavailable: new (description: string, options: { readonly detail: string }) => ProviderError };

  type Check = object;
  export const interactionPolicy: {
    base(): { get(name: string): { readonly checks: { remove(reason: string): void; add(check: Check): void } } };
    readonly Check: new (reason: string, description: string, error: string, check: (context: Context) => boolean) => Check;
  };
}
