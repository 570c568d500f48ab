import { errors, type Context } from 'oidc-provider';
import { ProviderRequest } from '../exchange/provider-request.ts';
import { isDocumentUrl } from './document-url.ts';
import type { AuthorityRules } from '../rules.ts';
import { KeptDocuments } from './kept-documents.ts';
import { mutualTls } from './mutual-tls.ts';
import type { ProviderNeeds } from './provider-needs.ts';
import { onlyResource, resourceOf, scopesFor } from './resource-scopes.ts';

/** The scopes that a request is about, wherever it stands: in its parameters, or in the code or token that it brings. */
const scopeTextOf = ({ oidc }: Context): string =>
  [oidc.params?.['scope'], ...Object.values(oidc.entities).map((entity) => (entity as { readonly scope?: unknown } | undefined)?.scope)].filter((text) => typeof text === 'string').join(' ');

/** What the library is told of a server: an access token for it alone, as RFC 9068 has it. */
export const resourceInfo = (rules: AuthorityRules, { url, scopes, clientId, atMostSeconds }: { readonly url: string; readonly scopes: readonly string[]; readonly clientId: string; readonly atMostSeconds?: number | undefined }) => ({
  scope: scopes.join(' '),
  audience: url,
  accessTokenTTL: Math.min(Math.floor(rules.lifetimesOf(clientId).accessTokenMs / 1000), atMostSeconds ?? Number.POSITIVE_INFINITY),
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'ES256' } },
});

const resourceServers = ({ rules }: ProviderNeeds) => ({
  enabled: true,
  defaultResource: (_context: Context, _client: unknown, oneOf?: readonly string[]) => oneOf?.[0] ?? onlyResource(rules),
  useGrantedResource: () => true,
  getResourceServerInfo(context: Context, indicator: string, client: { readonly clientId: string }) {
    const found = resourceOf(rules, indicator);
    if (found === undefined) throw new errors.InvalidTarget('no server of this gateway is called so');
    const atMostSeconds = context.req instanceof ProviderRequest ? context.req.atMostSeconds : undefined;
    return resourceInfo(rules, { url: found.url, scopes: scopesFor(scopeTextOf(context), found.resource, rules), clientId: client.clientId, atMostSeconds });
  },
});

/** Pages of the device flow are written by whoever shows the others; here only what they say is kept. */
const devicePage = (page: string) => (context: Context, form: unknown, ...rest: readonly unknown[]) => {
  const [client, , code] = rest;
  context.body = JSON.stringify({ page, form, ...(page === 'confirm' ? { clientId: (client as { readonly clientId: string }).clientId, code } : {}), ...(page === 'input' ? { failed: rest[1] !== undefined } : {}) });
  context.type = 'json';
};

/** What the library does of all that it could, and how it is told of servers and clients. */
export const featuresOf = (needs: ProviderNeeds, documents = new KeptDocuments(needs)) => ({
  devInteractions: { enabled: false },
  userinfo: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  clientCredentials: { enabled: true },
  dPoP: { enabled: true },
  mTLS: mutualTls(needs.rules.mutualTls),
  revocation: { enabled: true, allowedPolicy: (_context: Context, client: { readonly clientId: string }, token: { readonly clientId: string }) => token.clientId === client.clientId },
  introspection: { enabled: true, allowedPolicy: (_context: Context, client: { readonly clientId: string }, token: { readonly clientId: string }) => token.clientId === client.clientId },
  registration: { enabled: needs.rules.registration.dynamic, initialAccessToken: false, issueRegistrationAccessToken: false },
  clientIdMetadataDocument: { enabled: needs.rules.registration.documents, ack: 'draft-02', cacheDuration: { min: 60, max: 86_400 }, allowFetch: ({ req }: Context, id: string) => isDocumentUrl(id) && req instanceof ProviderRequest && (documents.lastGood(id) !== undefined || needs.mayFetchFor(req.socket.remoteAddress)), allowClient: () => true },
  deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo: () => ({}), userCodeInputSource: devicePage('input'), userCodeConfirmSource: devicePage('confirm'), successSource: devicePage('success') },
  resourceIndicators: resourceServers(needs),
});
