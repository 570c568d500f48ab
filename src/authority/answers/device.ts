import type { Reply } from '../../model/exchange.ts';
import { renderDevice, type DeviceStep } from '../pages/plain-pages.ts';
import { AnsweredRefusal } from '../refusal.ts';
import type { AnswerNeeds, AuthorityAsked } from './answer-needs.ts';
import type { Asking } from './asking.ts';

/** The pages on which people type in the code of a device (RFC 8628 §3.3); the provider says what is to be shown. */
export const buildDevice = (asking: Asking, { runner, failed }: Pick<AnswerNeeds, 'runner' | 'failed'>) => async (asked: AuthorityAsked): Promise<Reply> => {
  const isForm = asked.method === 'POST';
  const { path } = asked.destination;
  const answered = await asking.run(asked, isForm ? { form: new URLSearchParams([...(await asking.form(asked))]) } : { target: asked.query === '' ? path : `${path}?${asked.query}` });
  const { reply, noted } = answered;
  const type = reply.headers['Content-Type'] ?? '';
  if (!type.includes('json') || !String(reply.body).startsWith('{"page"')) return asking.judged(asked, answered);
  asking.note(asked, answered);
  const step = JSON.parse(String(reply.body)) as DeviceStep & { readonly clientId?: string }; // written by the provider's pages
  const client = step.clientId === undefined ? undefined : await (await runner.provider).Client.find(step.clientId);
  const page = { ...renderDevice({ ...step, clientName: client?.clientName ?? step.clientId ?? '' }), ...(reply.cookies === undefined ? {} : { cookies: reply.cookies }) };
  if (step.failed !== true) return page;
  // A user code is short: who tries many of them is stopped (RFC 8628 §5.1).
  failed(asked.address);
  throw new AnsweredRefusal('oauth.invalid-grant', { reason: noted.error?.reason ?? 'a user code that is not known' }, page);
};
