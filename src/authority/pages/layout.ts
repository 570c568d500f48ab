import { hash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { Reply } from '../../model/exchange.ts';

/** A piece of a page; what was put into it is escaped. */
export type Markup = ReturnType<typeof html>;

/** No script, no font and no picture from anywhere: the pages work without JavaScript and offline (issue 5). */
const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --faint: #57606a; --line: #d0d7de; --accent: #0b5cad; --on-accent: #ffffff; --warn: #7a4100; --warn-paper: #fff5e0; --bad: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #12161c; --faint: #9aa4af; --line: #3b444f; --accent: #6cb2ff; --on-accent: #06121f; --warn: #ffd479; --warn-paper: #33280f; --bad: #ff9aa5; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 32rem; margin: 5vh auto 0; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
dl { margin: 0 0 1rem; } dt { color: var(--faint); font-size: .9rem; } dd { margin: 0 0 .6rem; }
.warn { border-left: .3rem solid var(--warn); background: var(--warn-paper); padding: .6rem .8rem; margin: 1rem 0; }
.bad { border-left: .3rem solid var(--bad); padding: .6rem .8rem; margin: 1rem 0; color: var(--bad); }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input { width: 100%; min-height: 2.75rem; padding: .5rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--faint); border-radius: .4rem; }
button { min-height: 2.75rem; padding: .5rem 1.2rem; margin: .6rem .5rem 0 0; font: inherit; font-weight: 600; border-radius: .4rem; border: 1px solid var(--faint); background: transparent; color: inherit; cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
small, .small { color: var(--faint); font-size: .9rem; }
code { font-size: .95em; }
`;

const STYLE_HASH = hash('sha256', STYLE, 'base64');

/** What a page may do and who may show it (attacks.md E02, E06): nothing is loaded, nobody frames it, forms go where they are meant to go. */
const headersOf = (formTargets: readonly string[]) => ({
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${["'self'", ...formTargets].join(' ')}; frame-ancestors 'none'; base-uri 'none'`,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  // With `no-referrer` browsers would send `Origin: null` with our own forms.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
});

export interface Page {
  readonly title: string;
  readonly status: number;
  readonly content: Markup;
  /** Where a form may lead besides here: a browser checks the redirects that follow, too (CSP3 §6.4.1). */
  readonly formTargets?: readonly string[];
}

/** A whole page. */
export const renderPage = ({ title, status, content, formTargets = [] }: Page): Extract<Reply, { readonly kind: 'whole' }> => {
  const body = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title} – Sallyport</title><style>${raw(STYLE)}</style></head><body><main>${content}</main></body></html>`;
  // Only what has to wait for something is a promise, and nothing on a page has.
  if (body instanceof Promise) throw new TypeError('a page waits for something');
  return { kind: 'whole', status, headers: headersOf(formTargets), body: String(body) };
};
