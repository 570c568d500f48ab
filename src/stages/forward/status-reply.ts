import { effectivePermissions } from '../../model/permission/effective-permissions.ts';
import type { Prepared, Reply } from '../../model/exchange.ts';
import type { Principal } from '../../model/principal.ts';
import type { Upstream } from '../../ports/upstream.ts';

/** What the key may do today, not what it was given: its owner may be allowed less (D2). */
const permissionsOf = ({ permissions }: Principal): readonly string[] => (permissions.bound === undefined ? permissions.texts() : effectivePermissions(permissions.grants.map(({ permission }) => permission), permissions.bound));

/** What a token brought along: by whom it was issued, to which client, and for what. */
const oauthContext = ({ method, issuer, clientId, scopes, groups }: Principal): object =>
  method !== 'oauth' ? {} : { issuer: issuer ?? null, client: clientId ?? null, scopes: scopes ?? [], groups };

/** `GET /mcp/status`: the caller's own context (R3, R5), and whether the server behind answers. */
export const statusReply = (prepared: Prepared, upstream: Upstream): Reply => {
  const { principal, route, via } = prepared;
  const body = {
    status: 'ok',
    server: route.server,
    upstream: upstream.health().kind,
    via: principal.method,
    credential: principal.credentialId,
    placed: via,
    name: principal.name,
    userId: principal.subject,
    ...(principal.group === undefined ? {} : { group: principal.group }),
    role: principal.roles[0] ?? null,
    roles: principal.roles,
    ...oauthContext(principal),
    ...(principal.method === 'mtls' ? { client: principal.subject } : {}),
    permissions: permissionsOf(principal),
    expiresAt: principal.expiresAtMs === undefined ? null : new Date(principal.expiresAtMs).toISOString(),
    request_id: prepared.id,
  };
  return { kind: 'whole', status: 200, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }, body: JSON.stringify(body) };
};
