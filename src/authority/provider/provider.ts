import OidcProvider, { type Context, type ProviderError } from 'oidc-provider';
import { ProviderRequest } from '../exchange/provider-request.ts';
import { successorOf } from '../records/refresh-tokens.ts';
import { registerIdJag } from './id-jag.ts';
import { registerKeyExchange } from './key-exchange.ts';
import { optionsOf } from './options.ts';
import type { ProviderNeeds } from './provider-needs.ts';

/** The library checks and then writes; two processes would both find nothing. One write that only one of them makes decides (G10). */
const makeReplaysAtomic = (provider: OidcProvider, { store, sealing, clock }: ProviderNeeds): void => {
  provider.ReplayDetection.unique = async (issuer, id, expiresAt) =>
    store.add({ kind: 'ReplayDetection', id: sealing.follow(`${issuer} ${id}`, 'replay'), payload: '', expiresAtMs: expiresAt * 1000 }, clock.nowMs());
};

/** A refresh token that takes over from another follows from it; the first of a family is random. */
const makeSuccessorsFollow = (provider: OidcProvider, { sealing }: ProviderNeeds): void => {
  const random = provider.RefreshToken.prototype.generateTokenId;
  provider.RefreshToken.prototype.generateTokenId = function generateTokenId() {
    const former = OidcProvider.ctx?.oidc.entities['RotatedRefreshToken'];
    return former === undefined ? random.call(this) : successorOf(former.jti, sealing);
  };
};

/** A client that is let in no more is as one that nobody knows, wherever it comes. */
const forgetDenied = (provider: OidcProvider, { isClientDenied }: ProviderNeeds): void => {
  const { Client } = provider;
  const find = Client.find.bind(Client);
  Client.find = async (id) => (isClientDenied(id) ? undefined : find(id));
};

const FAILURES = ['authorization', 'grant', 'revocation', 'introspection', 'registration_create', 'device_authorization', 'code_verification', 'device_resume', 'jwks', 'discovery', 'end_session_confirm'];

/** Writes down on the request what the provider thinks of it. */
const noteOn = (provider: OidcProvider, { onRevoked, onTokens }: ProviderNeeds): void => {
  provider.use(async (context, next) => {
    await next();
    if (!(context.req instanceof ProviderRequest)) return;
    const { noted } = context.req;
    const { client, entities } = context.oidc;
    noted.clientId = client?.clientId;
    noted.accountId = context.oidc.account?.accountId ?? entities['AccessToken']?.accountId ?? context.req.account;
    noted.grantId = entities['Grant']?.jti ?? entities['RefreshToken']?.grantId;
  });
  const note = (isOurs: boolean) => ({ req }: Context, error: ProviderError): void => {
    if (req instanceof ProviderRequest) req.noted.error = { code: error.error ?? 'server_error', reason: [error.error_description, error.error_detail].filter((text) => text !== undefined).join(': ') || error.message, isOurs };
  };
  for (const name of FAILURES) provider.on(`${name}.error`, note(false));
  provider.on('server_error', note(true));
  provider.on('grant.success', ({ oidc }: Context) => onTokens(String(oidc.params?.['grant_type'])));
  provider.on('grant.revoked', (_context, grantId: unknown) => onRevoked(String(grantId)));
};

/** The authorization server library, told everything it must know. Nothing else imports it. */
export const buildProvider = (needs: ProviderNeeds): OidcProvider => {
  const provider: OidcProvider = new OidcProvider(needs.rules.issuer, optionsOf(needs, () => provider));
  provider.silent = true;
  makeReplaysAtomic(provider, needs);
  makeSuccessorsFollow(provider, needs);
  registerIdJag(provider, needs);
  registerKeyExchange(provider, needs);
  forgetDenied(provider, needs);
  noteOn(provider, needs);
  return provider;
};
