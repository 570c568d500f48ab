import OidcProvider from 'oidc-provider';
import type { KeptDocuments } from './kept-documents.ts';

/** Where a client that was let in goes on; nobody is asked by a document that is not there. */
const GOES_ON: ReadonlySet<string> = new Set(['token', 'revocation', 'introspection']);

const again = (document: string): Response => new Response(document, { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'max-age=60' } });

/** Fetches for the provider, and answers with what was there last where a site is down and a client only goes on. */
export const fetchKept = (ask: (url: string | URL) => Promise<Response>, documents: KeptDocuments) => async (url: string | URL): Promise<Response> => {
  const kept = GOES_ON.has(OidcProvider.ctx?.oidc.route ?? '') ? documents.lastGood(String(url)) : undefined;
  const answer = await ask(url).catch((error: unknown) => {
    if (kept !== undefined) return again(kept);
    throw error;
  });
  if (answer.status === 200) documents.renew(String(url), await answer.clone().text());
  // A document that is gone is gone; one that cannot be answered now is another matter.
  return answer.status >= 500 && kept !== undefined ? again(kept) : answer;
};
