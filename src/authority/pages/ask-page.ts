import { html } from 'hono/html';
import { WHOLE_SCOPE } from '../rules.ts';
import { renderPage, type Markup } from './layout.ts';

/** What a person is asked. */
export interface Question {
  /** Where the form goes. */
  readonly action: string;
  readonly token: string;
  readonly client: { readonly name: string; readonly id: string; readonly known: 'document' | 'agreed' | 'registered' };
  /** Where the answer is sent; undefined for a device, which fetches it. */
  readonly redirectUri: URL | undefined;
  readonly server: string;
  readonly scopes: readonly string[];
  /** Who is signed in, in words. */
  readonly signedIn: string | undefined;
  /** What went wrong with the last try. */
  readonly failed?: string;
  /** Ways to sign in besides a key. */
  readonly providers: readonly { readonly name: string; readonly label: string }[];
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What is known of a client, so that nobody takes its own word for it (AS-5, attacks.md A08). */
const clientWords = ({ client }: Question): Markup => {
  if (client.known === 'document') return html`<dd><strong>${client.name}</strong>, from <strong>${new URL(client.id).host}</strong> <span class="small">(checked)</span></dd>`;
  if (client.known === 'agreed') return html`<dd><strong>${client.name}</strong> <span class="small">(known to your operator)</span></dd>`;
  return html`<dd><strong>${client.name}</strong> <span class="small">(it calls itself so; nobody has checked)</span></dd>`;
};

const redirectWords = (uri: URL | undefined): Markup => {
  if (uri === undefined) return html`<dd>a device that shows a code. Go on only if you typed in the code of your own device.</dd>`;
  if (LOCAL.has(uri.hostname)) return html`<dd><strong>${uri.host}</strong></dd>`;
  return uri.protocol === 'https:' ? html`<dd><strong>${uri.host}</strong></dd>` : html`<dd>the program on this computer that opens <strong>${uri.protocol}</strong></dd>`;
};

const localWarning = (uri: URL | undefined): Markup | string =>
  uri !== undefined && uri.protocol !== 'https:'
    ? html`<p class="warn" role="note"><strong>This leads to a program on your computer.</strong> Any program there could ask in this name. Go on only if you have just started this sign-in yourself.</p>`
    : '';

const scopeWords = (scope: string, server: string): Markup => (scope === WHOLE_SCOPE ? html`<li>use <strong>${server}</strong> as you: all that you may do there</li>` : html`<li><code>${scope}</code></li>`);

const hidden = (token: string): Markup => html`<input type="hidden" name="token" value="${token}">`;

const keyForm = ({ action, token, failed }: Question): Markup => html`
<h2 id="with-key">Sign in with a key</h2>
<form method="post" action="${action}">${hidden(token)}
<label for="key">Your Sallyport key</label>
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required maxlength="200" aria-describedby="key-note"${failed === undefined ? '' : html` aria-invalid="true"`}>
<p class="small" id="key-note">It begins with <code>sally_</code>. The client never sees it; what the client gets ends when the key does.</p>
<button class="main" name="do" value="key">Allow and sign in</button>
</form>`;

const providerForm = ({ action, token, providers }: Question): Markup | string =>
  providers.length === 0 ? '' : html`<form method="post" action="${action}">${hidden(token)}${providers.map(({ name, label }) => html`<button class="main" name="do" value="idp:${name}">Allow and sign in with ${label}</button>`)}</form>`;

const knownForm = ({ action, token, signedIn }: Question): Markup => html`
<p>You are signed in as <strong>${signedIn}</strong>.</p>
<form method="post" action="${action}">${hidden(token)}<button class="main" name="do" value="allow">Allow</button><button name="do" value="other">Use another account</button></form>`;

/** Browsers apply `form-action` to the redirect that follows; a private scheme is named by its scheme alone. */
const targetOf = (uri: URL | undefined): readonly string[] => {
  if (uri === undefined) return [];
  return uri.protocol === 'http:' || uri.protocol === 'https:' ? [uri.origin] : [uri.protocol];
};

/** The page that asks who it is and whether they agree: both at once, and before anybody is sent to an identity provider (AS-11). */
export const renderQuestion = (question: Question, status: number) =>
  renderPage({
    title: 'Allow access',
    status,
    formTargets: targetOf(question.redirectUri),
    content: html`<h1>Allow ${question.client.name} to use ${question.server}?</h1>
${question.failed === undefined ? '' : html`<p class="bad" role="alert">${question.failed}</p>`}
<dl><dt>Who asks</dt>${clientWords(question)}<dt>The answer goes to</dt>${redirectWords(question.redirectUri)}<dt>It may then</dt><dd><ul>${question.scopes.map((scope) => scopeWords(scope, question.server))}</ul></dd></dl>
${localWarning(question.redirectUri)}
${question.signedIn === undefined ? html`${providerForm(question)}${keyForm(question)}` : knownForm(question)}
<form method="post" action="${question.action}">${hidden(question.token)}<button name="do" value="deny">Do not allow</button></form>`,
  });
