import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Inbound, type Routed } from '../../model/exchange.ts';
import type { NoticeKind, NoticeRules } from '../../model/token/notice.ts';

export interface NoticeDestination {
  readonly kind: NoticeKind;
  readonly rules: NoticeRules;
}

export type NoticeRouted = Routed & { readonly notice: NoticeDestination };

const ROUTE = { server: 'issuers', kind: 'notice', environment: 'live', acceptedTools: new Set<string>(), timeoutMs: 0 } as const;

/** The paths at which notices are taken: only of issuers of which any are accepted. */
const tableOf = (rules: readonly NoticeRules[]): ReadonlyMap<string, NoticeDestination> =>
  new Map(
    rules.flatMap((each): [string, NoticeDestination][] => [
      ...(each.logoutAudience.size === 0 ? [] : [[`/issuers/${each.name}/logout`, { kind: 'logout', rules: each }] satisfies [string, NoticeDestination]]),
      ...(each.revoker === undefined ? [] : [[`/issuers/${each.name}/revoke`, { kind: 'revocation', rules: each }] satisfies [string, NoticeDestination]]),
    ]),
  );

/**
 * Finds whose notice it is by the path alone. No page sends any: there is no CORS, and a request with an `Origin` is refused.
 * @throws GatewayError `http.host-refused`, `http.origin-refused`, `http.not-found`, `http.method-not-allowed`
 */
export const buildNoticeRoute = (rules: readonly NoticeRules[], checkHost: (inbound: Inbound) => void): ((inbound: Inbound) => NoticeRouted) => {
  const table = tableOf(rules);
  return (inbound) => {
    checkHost(inbound);
    const notice = table.get(inbound.path);
    if (notice === undefined) throw new GatewayError('http.not-found', { reason: 'no issuer gives notice at this path' });
    if (inbound.headers['origin'] !== undefined) throw new GatewayError('http.origin-refused', { reason: 'a notice from a web page' });
    if (inbound.method !== 'POST') throw new GatewayError('http.method-not-allowed', { reason: `method ${inbound.method} of a notice`, headers: { Allow: 'POST' } });
    return widen(inbound, { route: ROUTE, notice });
  };
};
