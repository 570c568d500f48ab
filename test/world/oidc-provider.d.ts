/** The part of oidc-provider that tests use; the package brings no types of its own. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export default class OidcProvider {
    constructor(issuer: string, options: object);
    callback(): RequestListener;
  }
}
