import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { Page } from 'playwright-core';
import { AuthorityGateway, PERSON_KEY, pkce } from './authority-gateway.ts';
import { SIGN_IN_CLIENTS, SignInProvider } from './sign-in-provider.ts';

const MONA = { registered: '', deny: false, id: 583_231, login: 'octocat', name: 'Mona', grant: null, emails: [{ email: 'mona@acme.com', primary: true, verified: true }], organisations: [], teams: [] };

/** A gateway with everything that has a page: an authorization server, a provider to sign in at, and a client that waits for its answer. */
export class SignInPages implements AsyncDisposable {
  readonly gateway: AuthorityGateway;
  readonly clientId: string;
  /** The addresses that browsers were sent back to. */
  readonly answers: URL[] = [];
  readonly #client: Server;
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: { readonly gateway: AuthorityGateway; readonly clientId: string; readonly client: Server }, owned: AsyncDisposableStack) {
    [this.gateway, this.clientId, this.#client, this.#owned] = [parts.gateway, parts.clientId, parts.client, owned];
    this.#client.on('request', (request, response) => {
      if (request.url?.startsWith('/callback') === true) this.answers.push(new URL(request.url, this.redirectUri));
      response.end('You can close this window.');
    });
  }

  static async start(): Promise<SignInPages> {
    await using owned = new AsyncDisposableStack();
    const github = owned.use(await SignInProvider.start('github'));
    await github.tell(MONA);
    const gateway = owned.use(await AuthorityGateway.start({
      fetch: { allow: [`127.0.0.1:${String(github.port)}`] },
      roles: { reader: ['crm:get_*'] },
      signIn: { github: { kind: 'github', url: github.origin, clientId: SIGN_IN_CLIENTS.github.id, clientSecret: 'env:GITHUB_SECRET', allow: { everybody: true }, everyone: ['reader'] } },
      env: { GITHUB_SECRET: SIGN_IN_CLIENTS.github.secret },
    }));
    const client = createServer().listen(0, '127.0.0.1');
    await once(client, 'listening');
    owned.defer(() => {
      client.closeAllConnections();
      client.close();
    });
    const { json } = await gateway.register({ client_name: 'Notes & <b>friends</b>', redirect_uris: [redirectUriOf(client)] });
    return new SignInPages({ gateway, clientId: String(json['client_id']), client }, owned.move());
  }

  get redirectUri(): string {
    return redirectUriOf(this.#client);
  }

  /** Where a client sends the browser to. */
  get question(): string {
    const query = { response_type: 'code', client_id: this.clientId, redirect_uri: this.redirectUri, state: 'state-1', code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: this.gateway.resource };
    return `${this.gateway.origin}/authorize?${new URLSearchParams(query).toString()}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

/** Every kind of page that people see, each with the way there. */
export const TOUR: Readonly<Record<string, (page: Page, pages: SignInPages) => Promise<unknown>>> = {
  'the question': (page, { question }) => page.goto(question),
  'the question after a wrong key': async (page, { question }) => {
    await page.goto(question);
    await page.fill('input[name=key]', 'sally_live_nobody_issued_this');
    await page.getByRole('button', { name: 'Allow and sign in', exact: true }).click();
  },
  'a request that errs': (page, { question }) => page.goto(question.replace('response_type=code', 'response_type=token')),
  'the account, for whoever is not signed in': (page, { gateway }) => page.goto(`${gateway.origin}/account`),
  'the account': async (page, { gateway, question }) => {
    await page.goto(question);
    await page.fill('input[name=key]', PERSON_KEY);
    await page.getByRole('button', { name: 'Allow and sign in', exact: true }).click();
    await page.waitForURL(/\/callback\?/);
    await page.goto(`${gateway.origin}/account`);
  },
  'sign-in without a client': (page, { gateway }) => page.goto(`${gateway.origin}/auth/oauth/login`),
  'the code of a device': (page, { gateway }) => page.goto(`${gateway.origin}/device`),
  'a client that nobody knows': (page, { gateway, redirectUri }) => page.goto(`${gateway.origin}/authorize?${new URLSearchParams({ response_type: 'code', client_id: 'nobody', redirect_uri: redirectUri }).toString()}`),
  'an answer that nobody waits for': (page, { gateway }) => page.goto(`${gateway.origin}/auth/oauth/callback?code=1&state=2`),
};

function redirectUriOf(client: Server): string {
  const address = client.address();
  return `http://127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}/callback`;
}
