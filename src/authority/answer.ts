import { widen, type Reply } from '../model/exchange.ts';
import { buildAboutToken } from './answers/about-token.ts';
import type { AnswerNeeds, AuthorityAsked } from './answers/answer-needs.ts';
import { Asking, OPEN, whole } from './answers/asking.ts';
import { buildDevice } from './answers/device.ts';
import { buildMetadata } from './answers/metadata.ts';
import { buildRegister } from './answers/register.ts';
import { renderLoginHint } from './pages/plain-pages.ts';
import type { Endpoint } from './requests/destination.ts';
import { signInByKey } from './requests/key-exchange.ts';
import { authorizationParameters, deviceParameters, shorterLifetime, tokenParameters } from './requests/parameters.ts';

const PREFLIGHT = { ...OPEN, 'Access-Control-Allow-Methods': 'GET, POST', 'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version', 'Access-Control-Max-Age': '600' } as const;

type Answering = (asked: AuthorityAsked) => Promise<Reply>;

/** What answers each endpoint. */
const answersOf = (needs: AnswerNeeds): Readonly<Record<Endpoint, Answering>> => {
  const { runner, rules } = needs;
  const asking = new Asking(needs);
  const [aboutToken, device] = [buildAboutToken(asking, needs), buildDevice(asking, needs)];
  const provider: Answering = (asked) => asking.answer(asked);
  return {
    metadata: buildMetadata(asking, needs),
    keys: provider,
    resume: provider,
    session: provider,
    async authorize(asked) {
      return asking.answer(asked, { target: `${asked.destination.path}?${authorizationParameters(asked.query, rules).toString()}` });
    },
    async token(asked) {
      const form = tokenParameters(await asking.form(asked), rules, (redeemed) => runner.resourcesOf(redeemed));
      const refreshing = form.get('grant_type') === 'refresh_token' ? runner.accountOf({ kind: 'RefreshToken', value: form.get('refresh_token') ?? '' }) : undefined;
      if (refreshing !== undefined) await needs.check(refreshing);
      const atMostSeconds = shorterLifetime(form);
      const signedIn = await signInByKey(asked, form, needs);
      return asking.answer(asked, { form, atMostSeconds, account: signedIn?.accountId });
    },
    'device-code': async (asked) => asking.answer(asked, { form: deviceParameters(await asking.form(asked), rules) }),
    revoke: aboutToken,
    introspect: aboutToken,
    register: buildRegister(asking, needs),
    device,
    'device-resume': device,
    ask: needs.ask,
    account: needs.account,
    'idp-start': needs.login,
    'idp-callback': needs.login,
    profile: needs.login,
    leave: needs.login,
    login: async () => renderLoginHint(needs.providers),
  };
};

/** Answers what is asked of the authorization server. Each refusal is a row of the catalogue, each answer the provider's own. */
export const buildAnswer = (needs: AnswerNeeds): Answering => {
  const answers = answersOf(needs);
  return async (asked) => {
    const { destination: { endpoint, open }, method } = asked;
    // By its endpoint and not by its path: ids of questions have no business in a record.
    widen(asked, { call: { kind: 'request', era: 'modern', id: asked.id, method: `oauth/${endpoint}`, params: {}, primitives: [] } as const });
    if (open === true && method === 'OPTIONS') return whole(204, PREFLIGHT);
    const reply = await answers[endpoint](asked);
    return open === true ? { ...reply, headers: { ...reply.headers, ...OPEN } } : reply;
  };
};
