import type { Reply } from '../../model/exchange.ts';
import type { AnswerNeeds, AuthorityAsked } from './answer-needs.ts';
import { whole, type Asking } from './asking.ts';

/** Signed tokens the provider does not keep; whoever has proven himself as their client may end them or ask about them (RFC 7009, RFC 7662). */
export const buildAboutToken = (asking: Asking, { inspect, deny }: Pick<AnswerNeeds, 'inspect' | 'deny'>) => async (asked: AuthorityAsked): Promise<Reply> => {
  const fields = await asking.form(asked);
  const answered = await asking.run(asked, { form: new URLSearchParams([...fields]) });
  const token = fields.get('token') ?? '';
  if (answered.noted.error?.code !== 'unsupported_token_type') return asking.judged(asked, answered);
  asking.note(asked, answered);
  const claims = await inspect(token);
  const isTheirs = claims !== undefined && claims['client_id'] === answered.noted.clientId;
  if (asked.destination.endpoint === 'introspect') return whole(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }, JSON.stringify(isTheirs ? { active: true, token_type: 'Bearer', ...claims } : { active: false }));
  // RFC 7009 §2.2: a token that is none of theirs is as good as ended.
  if (isTheirs) deny(token);
  return whole(200, { 'Cache-Control': 'no-store' });
};
