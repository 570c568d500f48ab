import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Reply, type Shielded } from '../../model/exchange.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { Allowed } from '../../ports/client-register.ts';
import type { Clock } from '../../ports/world.ts';
import type { Accounts } from '../ask/accounts.ts';
import type { Sealing } from '../keys/sealing.ts';
import type { ProviderButton } from '../pages/sign-in-pages.ts';
import { renderAccount, renderAccountLogin, type ShownClient } from '../pages/account-page.ts';
import type { ProviderRunner } from '../provider/provider-runner.ts';
import { resourceOf } from '../provider/resource-scopes.ts';
import { AnsweredRefusal } from '../refusal.ts';
import type { AuthorityRouted } from '../requests/destination.ts';
import { isSameText } from '../same-text.ts';
import type { AuthorityRules } from '../rules.ts';
import type { Families } from './families.ts';
import type { Sitting, Sittings } from './sitting.ts';

export interface AccountNeeds {
  readonly runner: ProviderRunner;
  readonly rules: AuthorityRules;
  readonly accounts: Accounts;
  readonly families: Families;
  readonly sittings: Sittings;
  /** Ways to sign in besides a key. */
  readonly providers: readonly ProviderButton[];
  readonly sealing: Sealing;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly readForm: (headers: Shielded['headers'], body: Buffer) => ReadonlyMap<string, string>;
}

type Asked = AuthorityRouted & Shielded;

/** A form of somebody who is not signed in is bound to nothing; that it comes from our page is asked before. */
const NOBODY = 'nobody';

/** The page on which people see which clients may act for them, and take it back (issue 5; attacks.md C07). */
export const buildAccount = ({ runner, rules, accounts, families, sittings, providers, sealing, clock, readForm }: AccountNeeds): ((asked: Asked) => Promise<Reply>) => {
  const tokenOf = (mark: string): string => sealing.follow(mark, 'account-form');

  const shown = async ({ clientId, resources, scopes, sinceMs }: Allowed): Promise<ShownClient> => {
    // The document of a client may be gone: what it was allowed is there all the same.
    const client = await (await runner.provider).Client.find(clientId).catch(() => undefined);
    return { id: clientId, name: client?.clientName ?? clientId, servers: [...new Set(resources.map((url) => resourceOf(rules, url)?.resource.server ?? url))], scopes, since: new Date(sinceMs).toISOString().slice(0, 10) };
  };

  const page = async ({ accountId, mark }: Sitting, done?: string): Promise<Reply> => {
    const clients = await Promise.all(families.allowedBy(accountId).map(shown));
    return renderAccount({ token: tokenOf(mark), label: accounts.labelOf(accountId), clients, ...(done === undefined ? {} : { done }) });
  };

  const enter = async (asked: Asked, key: string): Promise<Reply> => {
    const [first] = rules.resources;
    try {
      const { accountId, principal } = await accounts.withKey(asked, key, first?.server ?? '');
      widen(asked, { principal });
      return { kind: 'whole', status: 303, headers: { Location: '/account', 'Cache-Control': 'no-store' }, body: '', cookies: [(await sittings.begin(accountId, clock.nowMs())).cookie] };
    } catch (error) {
      if (!(error instanceof GatewayError) || !error.code.startsWith('credential.')) throw error;
      throw new AnsweredRefusal('login.refused', { reason: error.circumstances.reason, cause: error }, renderAccountLogin({ token: tokenOf(NOBODY), providers, failed: 'This key is not accepted here.' }, 403));
    }
  };

  const leave = async (asked: Asked): Promise<Reply> => ({ ...renderAccountLogin({ token: tokenOf(NOBODY), providers }, 200), cookies: [await sittings.end(asked.headers)] });

  const act = async (asked: Asked, sitting: Sitting, form: ReadonlyMap<string, string>): Promise<Reply> => {
    switch (form.get('do')) {
      case 'end':
        return page(sitting, families.endClient(sitting.accountId, form.get('client') ?? '') > 0 ? 'Its access has ended.' : 'It had no access any more.');
      case 'leave-all':
        families.endSessions(sitting.accountId);
        return leave(asked);
      case 'leave':
        return leave(asked);
      default:
        throw new GatewayError('login.foreign', { reason: 'an answer that the page does not offer' });
    }
  };

  return async (asked) => {
    const found = await sittings.find(asked.headers);
    const sitting = found !== undefined && accounts.isAccount(found.accountId) ? found : undefined;
    if (sitting !== undefined) widen(asked, { principal: { subject: accounts.labelOf(sitting.accountId), name: 'account', method: 'oauth', credentialId: sitting.accountId, roles: [], groups: [], permissions: new PermissionSet([]) } });
    if (asked.method !== 'POST') return sitting === undefined ? renderAccountLogin({ token: tokenOf(NOBODY), providers }, 200) : page(sitting);
    const form = readForm(asked.headers, await asked.readBody());
    if (!isSameText(form.get('token') ?? '', tokenOf(sitting?.mark ?? NOBODY))) throw new GatewayError('login.foreign', { reason: 'the form is not of this page' });
    if (sitting !== undefined) return act(asked, sitting, form);
    if (form.get('do') === 'key') return enter(asked, (form.get('key') ?? '').trim());
    throw new GatewayError('login.expired', { reason: 'nobody is signed in any more' });
  };
};
