import type { Configuration } from 'openid-client';
import { GatewayError } from '../../errors/gateway-error.ts';
import { fetchThrough, TIMEOUT_MS } from './fetch-through.ts';
import type { IdentityNeeds } from './identity-kind.ts';

const KEPT_MS = 3_600_000;

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'] as const;

const misplaced = (issuer: string, endpoint: unknown): boolean => typeof endpoint === 'string' && new URL(endpoint).protocol !== new URL(issuer).protocol;

interface Wanted {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
}

/** Asks a provider what it is, and makes us its client. The library is loaded with the first sign-in. */
const discover = async ({ name, issuer, clientId }: Wanted, { network, secret }: IdentityNeeds): Promise<Configuration> => {
  const library = await import('openid-client');
  const execute = [library.allowInsecureRequests]; // the network itself refuses http but where the configuration allows it
  const options = { [library.customFetch]: fetchThrough(network), execute, timeout: TIMEOUT_MS / 1000 };
  const found = (await library.discovery(new URL(issuer), clientId, {}, library.None(), options)).serverMetadata();
  // The library compares issuers as URLs; whoever answers for another one is not to be used, whatever makes them look alike (RFC 8414 §3.3).
  if (found.issuer !== issuer) throw new GatewayError('idp.misconfigured', { reason: `${name} calls itself ${found.issuer.slice(0, 200)}` });
  const odd = ENDPOINTS.find((endpoint) => misplaced(issuer, found[endpoint]));
  if (odd !== undefined) throw new GatewayError('idp.misconfigured', { reason: `${odd} of ${name} has another scheme than its issuer` });
  const methods = found.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const authenticate = methods.includes('client_secret_basic') ? library.ClientSecretBasic : library.ClientSecretPost;
  const client = new library.Configuration(found, clientId, {}, authenticate(secret.reveal()));
  client[library.customFetch] = options[library.customFetch];
  client.timeout = options.timeout;
  library.allowInsecureRequests(client);
  // An ID token from the token endpoint may be taken by its connection alone; its signature is looked at anyway.
  library.enableNonRepudiationChecks(client);
  return client;
};

/** The client that we are at a provider: made once an hour, and once for all who ask at the same time. */
export class DiscoveredClient {
  readonly #wanted: Wanted;
  readonly #needs: IdentityNeeds;
  #made: { readonly atMs: number; readonly client: Promise<Configuration> } | undefined;

  constructor(wanted: Wanted, needs: IdentityNeeds) {
    this.#wanted = wanted;
    this.#needs = needs;
  }

  get(): Promise<Configuration> {
    const now = this.#needs.clock.monotonicMs();
    if (this.#made !== undefined && now - this.#made.atMs < KEPT_MS) return this.#made.client;
    const made = { atMs: now, client: discover(this.#wanted, this.#needs) };
    this.#made = made;
    // What failed is not remembered.
    made.client.catch(() => {
      if (this.#made === made) this.#made = undefined;
    });
    return made.client;
  }
}
