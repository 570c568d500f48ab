import type { GatewayError } from '../errors/gateway-error.ts';
import { oauthError } from '../errors/oauth.ts';
import { problemDocument } from '../errors/problem.ts';
import type { Reply } from '../model/exchange.ts';
import type { Walked } from '../ports/trail.ts';
import { renderFailure } from './pages/plain-pages.ts';
import { AnsweredRefusal } from './refusal.ts';
import type { Destination } from './requests/destination.ts';

const OPEN = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After, X-Request-Id' } as const;

/** Turns an error into a page for people, and into the body of RFC 6749 for programs. */
export const renderRefusal = (error: GatewayError, walked: Walked & { readonly destination?: Destination }): Reply => {
  if (error instanceof AnsweredRefusal) return error.reply;
  const { destination } = walked;
  if (destination?.own === true) return { kind: 'whole', status: error.row.status, headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...error.circumstances.headers }, body: JSON.stringify(problemDocument(error, walked.id)) };
  if (destination !== undefined && destination.open !== true) {
    const page = renderFailure(error, walked.id);
    return { ...page, headers: { ...page.headers, ...error.circumstances.headers } };
  }
  return {
    kind: 'whole',
    status: error.row.status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...(destination === undefined ? {} : OPEN), ...error.circumstances.headers },
    body: JSON.stringify(oauthError(error, walked.id)),
  };
};
