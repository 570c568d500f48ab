import { randomBytes } from 'node:crypto';

export const REDIRECT = 'http://127.0.0.1:39099/callback';

/**
 * What an application keeps for the SDK, in memory: the interface that the SDKs document, and nothing of ours. Both SDKs ask for the
 * same members.
 */
export class MemoryOAuth {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = { client_name: 'sdk test', redirect_uris: [REDIRECT], grant_types: ['authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'none' };
  /** Where the person was sent last. */
  sentTo: URL | undefined;
  #information: never | undefined;
  #tokens: never | undefined;
  #verifier = '';

  state(): string {
    return randomBytes(16).toString('hex');
  }

  // Kept as they come and handed back as they came: the SDK alone knows what is in them.
  clientInformation(): never | undefined {
    return this.#information;
  }

  saveClientInformation(information: unknown): void {
    this.#information = information as never;
  }

  tokens(): never | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: unknown): void {
    this.#tokens = tokens as never;
  }

  /** The scopes of the token that is kept. */
  get scopes(): readonly string[] {
    const kept: { readonly scope?: unknown } = this.#tokens ?? {};
    return typeof kept.scope === 'string' ? kept.scope.split(' ') : [];
  }

  redirectToAuthorization(url: URL): void {
    this.sentTo = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}
