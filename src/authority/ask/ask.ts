import { timingSafeEqual } from 'node:crypto';
import type { Client, Interaction } from 'oidc-provider';
import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Reply, type Shielded } from '../../model/exchange.ts';
import type { Clock } from '../../ports/world.ts';
import type { Sealing } from '../keys/sealing.ts';
import { renderQuestion, type Question } from '../pages/ask-page.ts';
import { PATHS } from '../paths.ts';
import type { KeptDocuments } from '../provider/kept-documents.ts';
import type { ProviderRunner } from '../provider/provider-runner.ts';
import { onlyResource, resourceOf } from '../provider/resource-scopes.ts';
import { AnsweredRefusal } from '../refusal.ts';
import type { AuthorityRouted } from '../requests/destination.ts';
import type { AuthorityRules } from '../rules.ts';
import type { SignIn } from '../login/sign-in.ts';
import type { Accounts, SignedIn } from './accounts.ts';
import type { Consents } from './consents.ts';

export interface AskNeeds {
  readonly runner: ProviderRunner;
  readonly rules: AuthorityRules;
  readonly accounts: Accounts;
  readonly consents: Consents;
  readonly documents: Pick<KeptDocuments, 'keep'>;
  readonly signIn: Pick<SignIn, 'buttons' | 'begin'>;
  /** Whom a provider has named for a question, handed over once. */
  readonly proven: (uid: string, headers: Shielded['headers']) => { readonly signedIn: SignedIn; readonly clear: string } | undefined;
  readonly sealing: Sealing;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly readForm: (headers: Shielded['headers'], body: Buffer) => ReadonlyMap<string, string>;
}

type Asked = AuthorityRouted & Shielded;

/** What a person is asked, as it was found. */
interface Found {
  readonly question: Interaction;
  readonly finish: (result: object) => Promise<Reply>;
  readonly client: Client;
  readonly view: Question;
  readonly resource: string;
  readonly redirectUri: string | undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const knownOf = (client: Client, { clients }: AuthorityRules): Question['client']['known'] => {
  if (client.clientIdMetadataDocument === true) return 'document';
  return clients.some(({ id }) => id === client.clientId) ? 'agreed' : 'registered';
};

const isSame = (given: string, wanted: string): boolean => given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));

/** The page that asks a person who they are and whether they agree, and what follows from their answer. */
export const buildAsk = ({ runner, rules, accounts, consents, documents, signIn, proven, sealing, clock, readForm }: AskNeeds): ((asked: Asked) => Promise<Reply>) => {
  const find = async (asked: Asked): Promise<Found> => {
    const { question, finish } = await runner.question({ inbound: asked, target: asked.destination.path });
    // The cookie says which question the browser was sent to, the path which one it asks about.
    if (question.uid !== asked.destination.uid) throw new GatewayError('login.expired', { reason: 'the cookie is of another question' });
    const { params } = question;
    const client = await (await runner.provider).Client.find(textOf(params['client_id']) ?? '');
    const indicator = textOf(params['resource']) ?? onlyResource(rules) ?? '';
    const found = resourceOf(rules, indicator);
    if (client === undefined || found === undefined) throw new GatewayError('login.expired', { reason: 'the client or the server is gone meanwhile' });
    const redirectUri = textOf(params['redirect_uri']);
    const account = question.session?.accountId;
    return {
      question, finish, client, redirectUri, resource: indicator,
      view: {
        action: `${PATHS.interaction}/${question.uid}`,
        token: sealing.follow(question.uid, 'form'),
        client: { name: client.clientName ?? client.clientId, id: client.clientId, known: knownOf(client, rules) },
        redirectUri: redirectUri === undefined ? undefined : new URL(redirectUri),
        server: found.resource.server,
        scopes: (textOf(params['scope']) ?? '').split(' ').filter((scope) => scope !== '' && scope !== 'offline_access'),
        signedIn: account !== undefined && accounts.isAccount(account) ? accounts.labelOf(account) : undefined,
        providers: signIn.buttons,
      },
    };
  };

  /** Ends the question with a yes: the grant of this one authorization, so that ending it ends no other. */
  const agree = async ({ question, finish, client, view, resource, redirectUri }: Found, accountId: string): Promise<Reply> => {
    const provider = await runner.provider;
    const grantId = await consents.grant(provider, { account: accountId, clientId: view.client.id, resource, scopes: view.scopes });
    if (redirectUri !== undefined) consents.remember({ account: accountId, clientId: view.client.id, resource, scopes: view.scopes, redirectUri, client });
    documents.keep(client);
    // Another person's session must not be gone on with: what follows is a new one.
    if (question.session !== undefined && question.session.accountId !== accountId) await signOut(question);
    return finish({ login: { accountId, remember: true }, consent: { grantId } });
  };

  const signOut = async (question: Interaction): Promise<void> => {
    const { uid } = question.session ?? {};
    const session = uid === undefined ? undefined : await (await runner.provider).Session.findByUid(uid);
    await session?.destroy();
    question.session = undefined;
    await question.save(Math.max(1, question.exp - Math.floor(clock.nowMs() / 1000)));
  };

  const withKey = async (asked: Asked, found: Found, key: string): Promise<Reply> => {
    let signedIn: SignedIn;
    try {
      signedIn = await accounts.withKey(asked, key, found.view.server);
    } catch (error) {
      if (!(error instanceof GatewayError) || !error.code.startsWith('credential.')) throw error;
      const reply = renderQuestion({ ...found.view, failed: 'This key is not accepted here. Check that it is whole, and that it is still good for this server.' }, 403);
      throw new AnsweredRefusal('login.refused', { reason: error.circumstances.reason, cause: error }, reply);
    }
    widen(asked, { principal: signedIn.principal });
    return agree(found, signedIn.accountId);
  };

  /** On to an identity provider, with what was agreed to kept in the question. */
  const elsewhere = (chosen: string, found: Found): Promise<Reply> => {
    const name = /^idp:([a-z0-9_-]+)$/.exec(chosen)?.[1];
    if (name === undefined) throw new GatewayError('login.foreign', { reason: 'an answer that the page does not offer' });
    return signIn.begin(name, { kind: 'question', uid: found.question.uid });
  };

  const answer = async (asked: Asked, found: Found): Promise<Reply> => {
    const form = readForm(asked.headers, await asked.readBody());
    if (!isSame(form.get('token') ?? '', found.view.token)) throw new GatewayError('login.foreign', { reason: 'the form is not of this question' });
    const account = found.view.signedIn === undefined ? undefined : found.question.session?.accountId;
    switch (form.get('do')) {
      case 'deny':
        return found.finish({ error: 'access_denied', error_description: 'the person did not allow it' });
      case 'key':
        return withKey(asked, found, (form.get('key') ?? '').trim());
      case 'allow':
        if (account === undefined) throw new GatewayError('login.expired', { reason: 'nobody is signed in any more' });
        return agree(found, account);
      case 'other':
        await signOut(found.question);
        return renderQuestion({ ...found.view, signedIn: undefined }, 200);
      default:
        return elsewhere(form.get('do') ?? '', found);
    }
  };

  return async (asked) => {
    const found = await find(asked);
    if (asked.method === 'POST') return answer(asked, found);
    // Back from a provider: they agreed before they went there (AS-11), to this very question.
    const back = proven(found.question.uid, asked.headers);
    if (back === undefined) return renderQuestion(found.view, 200);
    widen(asked, { principal: back.signedIn.principal });
    const reply = await agree(found, back.signedIn.accountId);
    return { ...reply, cookies: [...(reply.kind === 'whole' ? (reply.cookies ?? []) : []), back.clear] };
  };
};
