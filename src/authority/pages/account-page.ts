import { html } from 'hono/html';
import { WHOLE_SCOPE } from '../rules.ts';
import { renderPage, type Markup } from './layout.ts';
import { providerLinks, type ProviderButton } from './sign-in-pages.ts';

/** A client that somebody has allowed, in words. */
export interface ShownClient {
  readonly id: string;
  readonly name: string;
  readonly servers: readonly string[];
  readonly scopes: readonly string[];
  /** The day, as it is written everywhere. */
  readonly since: string;
}

export interface AccountView {
  readonly token: string;
  readonly label: string;
  readonly clients: readonly ShownClient[];
  /** What was just done. */
  readonly done?: string;
}

const button = (token: string, { what, words, more }: { readonly what: string; readonly words: string; readonly more?: Markup }): Markup =>
  html`<form method="post" action="/account"><input type="hidden" name="token" value="${token}">${more ?? ''}<button name="do" value="${what}">${words}</button></form>`;

const clientWords = (client: ShownClient, token: string): Markup => html`<section aria-label="${client.name}"><h2>${client.name}</h2>
<dl><dt>Client</dt><dd><code>${client.id}</code></dd><dt>It may use</dt><dd><strong>${client.servers.join(', ')}</strong>: ${client.scopes.map((scope) => (scope === WHOLE_SCOPE ? 'all that you may do there' : scope)).join(', ')}</dd><dt>Since</dt><dd>${client.since}</dd></dl>
${button(token, { what: 'end', words: 'End its access', more: html`<input type="hidden" name="client" value="${client.id}">` })}</section>`;

/** What somebody has allowed, and how to take it back. */
export const renderAccount = ({ token, label, clients, done }: AccountView) =>
  renderPage({
    title: 'Your account',
    status: 200,
    content: html`<h1>${label}</h1>${done === undefined ? '' : html`<p role="status">${done}</p>`}
${clients.length === 0 ? html`<p>No client may act for you. One that you allow is listed here.</p>` : html`<p>These clients may act for you.</p>${clients.map((client) => clientWords(client, token))}`}
<h2>Browsers</h2>${button(token, { what: 'leave', words: 'Sign out here' })}${button(token, { what: 'leave-all', words: 'Sign out of every browser' })}`,
  });

/** Whoever is not signed in. */
export const renderAccountLogin = ({ token, providers, failed }: { readonly token: string; readonly providers: readonly ProviderButton[]; readonly failed?: string }, status: number) =>
  renderPage({
    title: 'Your account',
    status,
    content: html`<h1>Your account</h1>${failed === undefined ? html`<p>Sign in to see which clients may act for you, and to end their access.</p>` : html`<p class="bad" role="alert">${failed}</p>`}
${providerLinks(providers, '/account')}
<form method="post" action="/account"><input type="hidden" name="token" value="${token}"><label for="key">Your Sallyport key</label><input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required maxlength="200"><button class="main" name="do" value="key">Sign in</button></form>`,
  });
