import { textOf } from '../../model/json.ts';
import type { Client, Interaction } from 'oidc-provider';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { Reply, Shielded } from '../../model/exchange.ts';
import type { SignIn } from '../login/sign-in.ts';
import type { Sealing } from '../keys/sealing.ts';
import type { Question } from '../pages/ask-page.ts';
import { PATHS } from '../paths.ts';
import type { ProviderRunner } from '../provider/provider-runner.ts';
import { onlyResource, resourceOf } from '../provider/resource-scopes.ts';
import type { AuthorityRouted } from '../requests/destination.ts';
import type { AuthorityRules } from '../rules.ts';
import type { Accounts } from './accounts.ts';

/** What a person is asked, as it was found. */
export interface Found {
  readonly question: Interaction;
  /** Ends it, and sends the browser on. */
  readonly finish: (result: object) => Promise<Reply>;
  readonly client: Client;
  readonly view: Question;
  readonly resource: string;
  readonly redirectUri: string | undefined;
}

export interface FindNeeds {
  readonly runner: ProviderRunner;
  readonly rules: AuthorityRules;
  readonly accounts: Accounts;
  readonly signIn: Pick<SignIn, 'buttons'>;
  readonly sealing: Sealing;
}

const knownOf = (client: Client, { clients }: AuthorityRules): Question['client']['known'] => {
  if (client.clientIdMetadataDocument === true) return 'document';
  return clients.some(({ id }) => id === client.clientId) ? 'agreed' : 'registered';
};

/** Finds what a browser was sent to, by its cookie. @throws GatewayError `login.expired` from the function returned */
export const buildFindQuestion = ({ runner, rules, accounts, signIn, sealing }: FindNeeds) =>
  async (asked: AuthorityRouted & Shielded): Promise<Found> => {
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
