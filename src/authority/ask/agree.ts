import type { Interaction } from 'oidc-provider';
import type { Reply } from '../../model/exchange.ts';
import type { Clock } from '../../ports/world.ts';
import type { KeptDocuments } from '../provider/kept-documents.ts';
import type { ProviderRunner } from '../provider/provider-runner.ts';
import type { Consents } from './consents.ts';
import type { Found } from './find-question.ts';

export interface AgreeNeeds {
  readonly runner: ProviderRunner;
  readonly consents: Consents;
  readonly documents: Pick<KeptDocuments, 'keep'>;
  /** Notes from which session of a provider a grant comes. */
  readonly note: (origin: string | undefined, grantId: string) => void;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What becomes of a question that somebody agrees to, and of the session of whom it was not meant for. */
export const buildAgree = ({ runner, consents, documents, note, clock }: AgreeNeeds) => {
  /** Ends the session that the question was asked in. */
  const signOut = async (question: Interaction): Promise<void> => {
    const { uid } = question.session ?? {};
    const session = uid === undefined ? undefined : await (await runner.provider).Session.findByUid(uid);
    await session?.destroy();
    question.session = undefined;
    await question.save(Math.max(1, question.exp - Math.floor(clock.nowMs() / 1000)));
  };

  /** Ends the question with a yes: the grant of this one authorization, so that ending it ends no other. */
  const agree = async ({ question, finish, client, view, resource, redirectUri }: Found, accountId: string, origin?: string): Promise<Reply> => {
    const provider = await runner.provider;
    const grantId = await consents.grant(provider, { account: accountId, clientId: view.client.id, resource, scopes: view.scopes });
    note(origin, grantId);
    if (redirectUri !== undefined) consents.remember({ account: accountId, clientId: view.client.id, resource, scopes: view.scopes, redirectUri, client });
    documents.keep(client);
    // Another person's session must not be gone on with: what follows is a new one.
    if (question.session !== undefined && question.session.accountId !== accountId) await signOut(question);
    return finish({ login: { accountId, remember: true }, consent: { grantId } });
  };

  return { agree, signOut };
};
