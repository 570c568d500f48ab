import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Inbound, type Reply, type RequestHeaders } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Principal } from '../../model/principal.ts';
import { renderSignedIn } from '../pages/sign-in-pages.ts';
import { BROWSER_TOKEN_SECONDS } from './browser-token.ts';
import { BrowserCookie } from './browser-cookie.ts';
import type { SignedInThere } from './sign-in.ts';

export interface VisitNeeds {
  readonly secure: boolean;
  readonly token: (accountId: string, sitting: string) => string;
  /** Who a token of ours stands for, while it is good; undefined where it is none, is over, or is for something else than the profile. */
  readonly holderOf: (token: string) => Promise<{ readonly principal: Principal; readonly claims: JsonObject } | undefined>;
  /** Ends the sitting that a token is of. */
  readonly end: (claims: JsonObject) => void;
  readonly accountOf: (personId: string) => string;
  /** Lets a browser sit down, as signing in for a client does. */
  readonly sit: (accountId: string) => Promise<{ readonly cookie: string; readonly mark: string }>;
  /** Notes by which session of a provider it did. */
  readonly note: (origin: string | undefined, sitting: string) => void;
  /** Takes that back. @returns the cookie */
  readonly rise: (headers: RequestHeaders) => Promise<string>;
}

/** A place on this very host; whatever a browser could read as another host is none (attacks.md U04). */
export const localPath = (text: string | null): string | undefined => (text !== null && /^\/(?![/\\])[\x21\x23-\x5b\x5d-\x7e]{0,1000}$/.test(text) ? text : undefined);

const OK = 200;

/** The cookie of a browser that has signed in by itself, and what it opens (R9, R10). */
export const buildBrowserVisits = ({ secure, token, holderOf, end, accountOf, sit, note, rise }: VisitNeeds) => {
  const cookie = new BrowserCookie('sallyport_token', { secure });
  const presented = ({ headers }: Inbound): string | undefined => {
    const header = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers['authorization'] ?? '')?.[1];
    const kept = cookie.read(headers);
    // Two that differ could be two people (K09).
    if (header !== undefined && kept !== undefined && header !== kept) throw new GatewayError('credential.multiple', { reason: 'a token in the header and another one in the cookie' });
    return header ?? kept;
  };
  const holder = async (inbound: Inbound) => {
    const text = presented(inbound);
    if (text === undefined) throw new GatewayError('session.missing', { reason: 'neither a cookie nor a bearer token' });
    const found = await holderOf(text);
    if (found === undefined) throw new GatewayError('session.over', { reason: 'a token that is none of ours, or over' });
    widen(inbound, { principal: found.principal });
    return found;
  };
  return {
    /** Lets a browser in: the token is in a cookie that no script reads. */
    async welcome({ person, purpose, origin, clear }: SignedInThere): Promise<Reply> {
      const accountId = accountOf(person.id);
      const sitting = await sit(accountId);
      note(origin, sitting.mark);
      const cookies = [clear, cookie.set(token(accountId, sitting.mark), BROWSER_TOKEN_SECONDS), sitting.cookie];
      const next = purpose.kind === 'browser' ? purpose.next : undefined;
      if (next === undefined) return { ...renderSignedIn(person.name ?? person.called), cookies };
      return { kind: 'whole', status: 303, headers: { Location: next, 'Cache-Control': 'no-store' }, body: '', cookies };
    },
    async profile(inbound: Inbound): Promise<Reply> {
      const { principal, claims } = await holder(inbound);
      const { subject, groups, roles, permissions } = principal;
      const body = { sub: claims['sub'], subject, name: principal.name, groups, roles, permissions: permissions.texts(), expires_at: claims['exp'] };
      return { kind: 'whole', status: OK, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }, body: JSON.stringify(body) };
    },
    async leave(inbound: Inbound): Promise<Reply> {
      const { claims } = await holder(inbound);
      end(claims);
      return { kind: 'whole', status: OK, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }, body: '{}', cookies: [cookie.clear(), await rise(inbound.headers)] };
    },
  };
};

export type BrowserVisits = ReturnType<typeof buildBrowserVisits>;
