import { html } from 'hono/html';
import { renderPage, type Markup } from './layout.ts';

/** A provider that people may sign in by. */
export interface ProviderButton {
  readonly name: string;
  readonly label: string;
}

/** Ways to sign in for oneself; where there is a client that waits they are buttons of its question. */
export const providerLinks = (providers: readonly ProviderButton[], next: string): Markup | string =>
  providers.length === 0 ? '' : html`<ul>${providers.map(({ name, label }) => html`<li><a href="/auth/oauth/${name}/start?next=${encodeURIComponent(next)}">Sign in with ${label}</a></li>`)}</ul>`;

/** On to a provider, without a script: the page moves on by itself, and has a link for whoever switched that off. */
export const renderOnward = (label: string, url: URL) => {
  const page = renderPage({ title: `On to ${label}`, status: 200, content: html`<h1>On to ${label}</h1><p><a href="${url.href}" rel="noreferrer">Sign in with ${label}</a></p>` });
  return { ...page, headers: { ...page.headers, Refresh: `0; url=${url.href}`, 'Referrer-Policy': 'no-referrer' } };
};

/** Somebody has signed in for themselves, with no client that waits for it. */
export const renderSignedIn = (name: string) =>
  renderPage({ title: 'Signed in', status: 200, content: html`<h1>You are signed in as ${name}</h1><p>This browser stays signed in for an hour.</p>` });
