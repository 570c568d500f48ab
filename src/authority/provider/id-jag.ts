import { textOf } from '../../model/json.ts';
import type OidcProvider from 'oidc-provider';
import { errors, type Context } from 'oidc-provider';
import { AssertionRefused, AssertionUnchecked, type RedeemedAssertion } from './assertion.ts';
import { issueToken } from './issue-token.ts';
import { bindingOf } from './mutual-tls.ts';
import { notNow } from './not-now.ts';
import type { ProviderNeeds } from './provider-needs.ts';
import { defaultScopes, onlyResource, resourceOf, scopesFor } from './resource-scopes.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** The server that it is for: both that the assertion names and that the client asks for, where they do (ID-JAG §4.4). */
const targetOf = ({ rules }: ProviderNeeds, { resource: allowed }: RedeemedAssertion, asked: string | undefined) => {
  const found = resourceOf(rules, asked ?? allowed ?? onlyResource(rules) ?? '');
  const other = allowed === undefined ? found : resourceOf(rules, allowed);
  if (found === undefined || other?.url !== found.url) throw new errors.InvalidTarget('the assertion is for another server than is asked for');
  return found;
};

/** What is asked for and allowed; who says neither gets what is meant for that. */
const scopesOf = ({ rules }: ProviderNeeds, { scope: allowed }: RedeemedAssertion, { asked, resource }: { readonly asked: string | undefined; readonly resource: ReturnType<typeof targetOf>['resource'] }): readonly string[] => {
  const all = allowed === undefined ? undefined : scopesFor(allowed, resource, rules);
  if (asked === undefined) return all ?? defaultScopes(resource);
  const wanted = scopesFor(asked, resource, rules).filter((scope) => all === undefined || all.includes(scope));
  if (wanted.length === 0) throw new errors.InvalidScope('none of the scopes is allowed by the assertion', asked);
  return wanted;
};

/** Nothing is said of the assertion while nobody can tell whether it is good. */
const unavailable = (context: Context, { message }: AssertionUnchecked): Error => notNow(context, { description: 'the assertion cannot be checked now', detail: message });

const redeem = async (provider: OidcProvider, needs: ProviderNeeds, context: Context): Promise<void> => {
  const { client, params = {} } = context.oidc;
  if (client === undefined) throw new errors.InvalidClientAuth('no client');
  // The token would be one for whoever has it, which is not what such a client asks for.
  if (context.get('dpop') !== '') throw new errors.InvalidRequest('DPoP is not supported with this grant');
  const certificate = bindingOf(context, client);
  const assertion = await needs.redeemAssertion(textOf(params['assertion']) ?? '', client.clientId).catch((error: unknown) => {
    throw error instanceof AssertionRefused ? new errors.InvalidGrant(error.message) : error instanceof AssertionUnchecked ? unavailable(context, error) : error;
  });
  const { resource, url } = targetOf(needs, assertion, textOf(params['resource']));
  const scopes = scopesOf(needs, assertion, { asked: textOf(params['scope']), resource });
  const { store, sealing, clock } = needs;
  const isNew = store.add({ kind: 'ReplayDetection', id: sealing.follow(assertion.name, 'id-jag'), payload: '', expiresAtMs: assertion.expiresAtMs }, clock.nowMs());
  if (!isNew) throw new errors.InvalidGrant('the assertion was used before');
  const { body } = await issueToken(provider, needs, { client, accountId: assertion.accountId, gty: 'jwt-bearer', url, scopes, certificate });
  context.body = body;
};

/** Lets clients that were agreed exchange what an enterprise's provider says of its people (Enterprise-Managed Authorization; W12). */
export const registerIdJag = (provider: OidcProvider, needs: ProviderNeeds): void => {
  if (!needs.rules.clients.some(({ assertions }) => assertions.size > 0)) return;
  provider.registerGrantType(GRANT, (context) => redeem(provider, needs, context), ['assertion', 'scope', 'resource']);
};
