import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createHash, generateKeyPairSync } from 'node:crypto';
import OidcProvider from 'oidc-provider';
import type { TestKey } from './token-issuer.ts';

export type ProviderAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

type Jwk = Readonly<Record<string, unknown>>;

const newKey = (algorithm: ProviderAlgorithm, kid: string): Jwk => {
  const pair = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...pair.privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: algorithm };
};

const CLIENT = { id: 'agent', secret: 'agent-secret-0123456789' };
/** The gateway's own client, which may ask about tokens. */
export const INTROSPECTOR = { id: 'gateway', secret: 'gateway-secret-0123456789' };

/** A real identity provider: oidc-provider on a loopback port, whose keys can be rotated while it runs. */
export class IdentityProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly port: number;
  /** Requests that came, by path. */
  readonly asked: string[] = [];
  readonly #server: Server;
  #keys: readonly Jwk[];
  #listener: RequestListener = () => {};
  #algorithm: ProviderAlgorithm;
  #count = 0;

  private constructor(server: Server, port: number, algorithm: ProviderAlgorithm) {
    [this.#server, this.port, this.issuer, this.#algorithm] = [server, port, `http://127.0.0.1:${String(port)}`, algorithm];
    this.#keys = [newKey(algorithm, 'key-0')];
    server.on('request', (request, response) => {
      this.asked.push(request.url ?? '');
      this.#listener(request, response);
    });
    this.#restart();
  }

  static async start(algorithm: ProviderAlgorithm = 'ES256'): Promise<IdentityProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new IdentityProvider(server, typeof address === 'object' && address !== null ? address.port : 0, algorithm);
  }

  /** Signs with another key from now on; the former one stays in the set, or goes. */
  rotate(algorithm: ProviderAlgorithm, { keepOld }: { readonly keepOld: boolean }): void {
    this.#count += 1;
    this.#algorithm = algorithm;
    this.#keys = [newKey(algorithm, `key-${String(this.#count)}`), ...(keepOld ? this.#keys : [])];
    this.#restart();
  }

  /** An access token for a resource, by the client credentials grant: a JWT, or opaque where the resource ends in `?opaque`. */
  async token(resource: string, { scope = 'crm:get_customer', key }: { readonly scope?: string; readonly key?: TestKey } = {}): Promise<string> {
    const url = `${this.issuer}/token`;
    const headers = { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`, ...(key === undefined ? {} : { DPoP: proofOf(key, { url, method: 'POST' }) }) };
    const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource }) });
    const body = (await answer.json()) as { readonly access_token?: string }; // what a token endpoint answers
    if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #restart(): void {
    const alg = this.#algorithm;
    const provider = new OidcProvider(this.issuer, {
      jwks: { keys: this.#keys.map((key) => ({ ...key })) },
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
      scopes: ['openid', 'crm:get_customer', 'crm:delete_customer'],
      clients: [CLIENT, INTROSPECTOR].map(({ id, secret }) => ({ client_id: id, client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], id_token_signed_response_alg: alg })),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        dPoP: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context: unknown, resource: string) => ({
            scope: 'crm:get_customer crm:delete_customer',
            audience: resource.replace('?opaque', ''),
            ...(resource.endsWith('?opaque') ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg } } }),
          }),
        },
      },
    });
    this.#listener = provider.callback();
  }
}

/** A DPoP proof (RFC 9449 §4.2), for a token where one is presented. */
export const proofOf = (key: TestKey, { url, method, token }: { readonly url: string; readonly method: string; readonly token?: string }): string => {
  const { kid: _kid, use: _use, alg: _alg, ...jwk } = key.jwk;
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
  return key.sign({ jti: crypto.randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ...ath }, { typ: 'dpop+jwt', kid: undefined, jwk });
};
