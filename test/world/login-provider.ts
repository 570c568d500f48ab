import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import OidcProvider from 'oidc-provider';

/** The scopes that exist at this provider. */
const SCOPES = ['crm:get_customer', 'crm:delete_customer', 'crm-write'] as const;

const PERSON = 'alice';

const signingKey = () => ({ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid: 'login-1', use: 'sig', alg: 'ES256' });

interface Grant {
  addOIDCScope(scope: string): void;
  addResourceScope(resource: string, scope: string): void;
  save(): Promise<string>;
}

interface Interaction {
  readonly prompt: { readonly name: string; readonly details: { readonly missingOIDCScope?: readonly string[]; readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>> } };
  readonly params: Readonly<Record<string, unknown>>;
  readonly session?: { readonly accountId: string };
  readonly grantId?: string;
}

/** The part of the provider that answers interactions. */
interface Interactive {
  interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object, options?: object): Promise<void>;
  readonly Grant: { new (owner: { readonly accountId: string; readonly clientId: string }): Grant; find(id: string): Promise<Grant | undefined> };
}

/** Everything that is asked is consented to, by a person who is always Alice. */
const answerInteraction = async (provider: Interactive, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: PERSON } });
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? PERSON, clientId: String(params['client_id']) });
  const { missingOIDCScope, missingResourceScopes } = prompt.details;
  if (missingOIDCScope !== undefined) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '));
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
};

/** Clients register with the scopes of their first request, and may ask for every scope here, as with most providers. */
const registerForAll = async (request: IncomingMessage): Promise<void> => {
  const { scope: _scope, ...metadata } = JSON.parse(await text(request)) as Record<string, unknown>; // a registration is an object (RFC 7591 §3.1)
  Object.assign(request, { body: metadata });
};

/** A real identity provider with logins, consent and registration of clients (oidc-provider), on a loopback port. */
export class LoginProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    [this.#server, this.port, this.issuer] = [server, port, `http://127.0.0.1:${String(port)}`];
    const provider = new OidcProvider(this.issuer, {
      jwks: { keys: [signingKey()] },
      cookies: { keys: ['a-cookie-key-for-tests'] },
      scopes: ['openid', 'offline_access', ...SCOPES],
      clientDefaults: { application_type: 'native', token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' },
      findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
      interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
      features: {
        devInteractions: { enabled: false },
        registration: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_context: unknown, resource: string) => ({ scope: SCOPES.join(' '), audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
        },
      },
    });
    const handle = provider.callback();
    // The package has no types; these members are documented.
    const interactive = provider as unknown as Interactive;
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      if (request.url?.startsWith('/interaction/') === true) return answerInteraction(interactive, request, response);
      if (request.url?.startsWith('/reg') === true) await registerForAll(request);
      return void handle(request, response);
    };
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(): Promise<LoginProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new LoginProvider(server, typeof address === 'object' && address !== null ? address.port : 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const MOST_STEPS = 12;

/** A browser: follows redirects with its cookies until it is sent back to the client, and says with which parameters. */
export const browse = async (start: URL, redirectUri: string): Promise<URLSearchParams> => {
  const cookies = new Map<string, string>();
  let at = start;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
    const said = await answer.text();
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the browser stands at ${at.pathname}: ${String(answer.status)} ${said.slice(0, 300)}`);
    at = new URL(location, at);
    if (at.href.startsWith(redirectUri)) return at.searchParams;
  }
  throw new Error('the browser is sent around in circles');
};
