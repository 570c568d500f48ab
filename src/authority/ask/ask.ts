import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Reply, type Shielded } from '../../model/exchange.ts';
import type { SignIn } from '../login/sign-in.ts';
import { renderQuestion } from '../pages/ask-page.ts';
import { AnsweredRefusal } from '../refusal.ts';
import type { AuthorityRouted } from '../requests/destination.ts';
import { isSameText } from '../same-text.ts';
import type { SignedIn } from './accounts.ts';
import { buildAgree, type AgreeNeeds } from './agree.ts';
import { buildFindQuestion, type FindNeeds, type Found } from './find-question.ts';

export interface AskNeeds extends AgreeNeeds, FindNeeds {
  readonly signIn: Pick<SignIn, 'buttons' | 'begin'>;
  /** Whom a provider has named for a question, handed over once. */
  readonly proven: (uid: string, headers: Shielded['headers']) => { readonly signedIn: SignedIn; readonly origin: string | undefined; readonly clear: string } | undefined;
  readonly readForm: (headers: Shielded['headers'], body: Buffer) => ReadonlyMap<string, string>;
}

type Asked = AuthorityRouted & Shielded;

/** Who signs in with a key, or the page again with what was wrong. @throws AnsweredRefusal */
const withKey = async (asked: Asked, { view }: Found, { key, accounts }: { readonly key: string; readonly accounts: AskNeeds['accounts'] }): Promise<SignedIn> => {
  try {
    return await accounts.withKey(asked, key, view.server);
  } catch (error) {
    if (!(error instanceof GatewayError) || !error.code.startsWith('credential.')) throw error;
    const reply = renderQuestion({ ...view, failed: 'This key is not accepted here. Check that it is whole, and that it is still good for this server.' }, 403);
    throw new AnsweredRefusal('login.refused', { reason: error.circumstances.reason, cause: error }, reply);
  }
};

/** The identity provider that was chosen on the page. @throws GatewayError `login.foreign` */
const providerIn = (chosen: string): string => {
  const name = /^idp:([a-z0-9_-]+)$/.exec(chosen)?.[1];
  if (name === undefined) throw new GatewayError('login.foreign', { reason: 'an answer that the page does not offer' });
  return name;
};

/** The page that asks a person who they are and whether they agree, and what follows from their answer. */
export const buildAsk = (needs: AskNeeds): ((asked: Asked) => Promise<Reply>) => {
  const { accounts, signIn, proven, readForm } = needs;
  const find = buildFindQuestion(needs);
  const { agree, signOut } = buildAgree(needs);

  const enter = (asked: Asked, found: Found, { accountId, principal }: SignedIn, origin?: string): Promise<Reply> => {
    widen(asked, { principal });
    return agree(found, accountId, origin);
  };

  const answer = async (asked: Asked, found: Found): Promise<Reply> => {
    const form = readForm(asked.headers, await asked.readBody());
    if (!isSameText(form.get('token') ?? '', found.view.token)) throw new GatewayError('login.foreign', { reason: 'the form is not of this question' });
    const account = found.view.signedIn === undefined ? undefined : found.question.session?.accountId;
    switch (form.get('do')) {
      case 'deny':
        return found.finish({ error: 'access_denied', error_description: 'the person did not allow it' });
      case 'key':
        return enter(asked, found, await withKey(asked, found, { key: (form.get('key') ?? '').trim(), accounts }));
      case 'allow':
        if (account === undefined) throw new GatewayError('login.expired', { reason: 'nobody is signed in any more' });
        return agree(found, account);
      case 'other':
        await signOut(found.question);
        return renderQuestion({ ...found.view, signedIn: undefined }, 200);
      default:
        // What was agreed to is kept in the question meanwhile.
        return signIn.begin(providerIn(form.get('do') ?? ''), { kind: 'question', uid: found.question.uid });
    }
  };

  return async (asked) => {
    const found = await find(asked);
    if (asked.method === 'POST') return answer(asked, found);
    // Back from a provider: they agreed before they went there (AS-11), to this very question.
    const back = proven(found.question.uid, asked.headers);
    if (back === undefined) return renderQuestion(found.view, 200);
    const reply = await enter(asked, found, back.signedIn, back.origin);
    return { ...reply, cookies: [...(reply.kind === 'whole' ? (reply.cookies ?? []) : []), back.clear] };
  };
};
