import { html } from 'hono/html';
import { rowOf, type ErrorCode } from '../../errors/catalogue.ts';
import type { GatewayError } from '../../errors/gateway-error.ts';
import { renderPage } from './layout.ts';
import { providerLinks, type ProviderButton } from './sign-in-pages.ts';

/** A refusal in plain words, for whoever reads it in a browser. */
export const renderFailure = ({ row, circumstances, code }: GatewayError, requestId: string) =>
  renderPage({
    title: row.title,
    status: row.status,
    content: html`<h1>${row.title}</h1>
${circumstances.detail === undefined ? '' : html`<p>${circumstances.detail}</p>`}
<p>${row.hint.replace('{id}', requestId)}</p>
<p class="small">If you ask your operator, name <code>${requestId}</code> (<code>${code}</code>).</p>`,
  });

/** A client asked for something that cannot be: the person decides whether it hears of it. */
export const renderStop = (code: ErrorCode, location: string) => {
  const { title, status, hint } = rowOf(code);
  const { protocol, host } = new URL(location);
  return renderPage({
    title,
    status,
    content: html`<h1>${title}</h1><p>A client has sent you here with a request that cannot be answered. If you did not start this yourself, close this page.</p><p class="small">${hint}</p>
<p><a rel="noreferrer" href="${location}">Go back to ${protocol === 'https:' ? host : `the program on this computer`}</a></p>`,
  });
};

/** Who opens the sign-in by hand is told where it begins (D3). */
export const renderLoginHint = (providers: readonly ProviderButton[]) =>
  renderPage({
    title: 'Sign in',
    status: 200,
    content: html`<h1>Sign-in begins in your client</h1>
<p>Add the address of the MCP server to your client, such as Claude, ChatGPT, Cursor or VS Code, and connect. The client opens the right page here by itself.</p>
<p>A client that cannot open a browser shows a code: <a href="/device">type it in here</a>.</p>
${providers.length === 0 ? '' : html`<p>To see what your clients may do, and to end it:</p>`}${providerLinks(providers, '/account')}`,
  });

/** What the provider wants shown in the device flow (RFC 8628 §3.3). */
export interface DeviceStep {
  readonly page: 'input' | 'confirm' | 'success';
  readonly form?: string;
  readonly failed?: boolean;
  readonly code?: string;
  readonly clientName?: string;
}

const hiddenIn = (form: string, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(form)?.[1] ?? '';

/** The pages of the device flow; of the provider's forms only their hidden values are taken. */
export const renderDevice = ({ page, form = '', failed = false, code = '', clientName = '' }: DeviceStep) => {
  if (page === 'success') return renderPage({ title: 'Signed in', status: 200, content: html`<h1>The device is signed in</h1><p>You can close this page and go on at the device.</p>` });
  const token = html`<input type="hidden" name="xsrf" value="${hiddenIn(form, 'xsrf')}">`;
  if (page === 'confirm') {
    return renderPage({
      title: 'Is this your device?',
      status: 200,
      content: html`<h1>Does your device show this code?</h1><p><strong><code>${code}</code></strong></p><p>${clientName} asks. Go on only if you have started this yourself, on a device in front of you.</p>
<form method="post" action="/device">${token}<input type="hidden" name="user_code" value="${code}"><button class="main" name="confirm" value="yes">It is my device</button><button name="abort" value="yes">No</button></form>`,
    });
  }
  return renderPage({
    title: 'Sign in a device',
    status: failed ? 400 : 200,
    content: html`<h1>Sign in a device</h1>${failed ? html`<p class="bad" role="alert">This code is not known, or no longer good. Look at the device again.</p>` : ''}
<form method="post" action="/device">${token}<label for="code">The code that your device shows</label><input id="code" name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" required maxlength="20"><button class="main">Go on</button></form>`,
  });
};
