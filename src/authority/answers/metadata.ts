import type { Reply } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';
import type { AnswerNeeds, AuthorityAsked } from './answer-needs.ts';
import { whole, type Asking } from './asking.ts';

const ID_JAG = 'urn:ietf:params:oauth:grant-profile:id-jag';

/** What clients must know of us (RFC 8414), with what the provider does not say of itself. */
export const buildMetadata = (asking: Asking, { rules }: Pick<AnswerNeeds, 'rules'>) => {
  const profiles = rules.clients.some(({ assertions }) => assertions.size > 0) ? { authorization_grant_profiles_supported: [ID_JAG] } : {};
  return async (asked: AuthorityAsked): Promise<Reply> => {
    const { reply } = await asking.run(asked, { target: '/.well-known/oauth-authorization-server', method: 'GET' });
    const said = JSON.parse(String(reply.body)) as JsonObject; // the provider's own
    return whole(200, { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300' }, JSON.stringify({ ...said, response_modes_supported: ['query'], ...profiles, service_documentation: 'https://sallyport.dev/docs/authorization-server' }));
  };
};
