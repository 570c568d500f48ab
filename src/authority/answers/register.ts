import { GatewayError } from '../../errors/gateway-error.ts';
import type { Reply } from '../../model/exchange.ts';
import { readRegistration } from '../requests/registration.ts';
import type { AnswerNeeds, AuthorityAsked } from './answer-needs.ts';
import type { Asking } from './asking.ts';

/** Lets a client register itself, where that is switched on and its address has not done so too often (RFC 7591). */
export const buildRegister = (asking: Asking, { rules, countRegistration }: Pick<AnswerNeeds, 'rules' | 'countRegistration'>) => async (asked: AuthorityAsked): Promise<Reply> => {
  if (!rules.registration.dynamic) throw new GatewayError('oauth.registration-off', { reason: 'registration is switched off' });
  countRegistration(asked.address);
  const metadata = readRegistration(await asking.json(asked), rules);
  return asking.answer(asked, { json: JSON.stringify(metadata) });
};
