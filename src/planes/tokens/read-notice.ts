import { createHash } from 'node:crypto';
import { knownIssuers } from '../../config/issuers/issuers.ts';
import type { About } from '../../admin/deny.ts';
import { aboutToken } from '../../admin/deny-token.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { Shielded } from '../../model/exchange.ts';
import { proveLogout, type Logout } from '../../stages/authenticate/notice/prove-logout.ts';
import { isRevoker } from '../../stages/authenticate/notice/prove-revoker.ts';
import { TokenFlaw } from '../../stages/authenticate/token/flaw.ts';
import type { NoticeRouted } from '../../stages/route/notice-route.ts';
import { readForm } from '../../stages/understand/form.ts';
import { readIssuerJson } from './issuer-json.ts';
import type { Config } from '../../config/schema.ts';
import type { Built } from '../built.ts';

export type Received = NoticeRouted & Shielded;

const MOST_REMEMBERED = 10_000;

/** Logout tokens that were taken: one that comes again says nothing new, and is refused so that nobody can keep us busy with it. */
class Taken {
  readonly #seen = new Set<string>();

  /** @returns false when it was taken before */
  take(text: string): boolean {
    const name = createHash('sha256').update(text).digest('base64url');
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    const [oldest] = this.#seen;
    if (this.#seen.size > MOST_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}

/** Sessions by their id; the person too, up to that moment, because access tokens mostly do not say of which session they are. */
const aboutLogout = ({ subject, sessionId, issuedAtMs }: Logout, issuer: About['issuer']): readonly About[] => [
  ...(sessionId === undefined ? [] : [{ level: 'session', issuer, value: sessionId, reason: 'logged out' } as const]),
  ...(subject === undefined ? [] : [{ level: 'subject', issuer, value: subject, issuedUntilMs: issuedAtMs, reason: 'logged out' } as const]),
];

const invalid = (error: unknown): unknown => {
  if (!(error instanceof TokenFlaw)) return error;
  return error.kind === 'unchecked' ? new GatewayError('token.unchecked', { reason: error.message, headers: { 'Retry-After': '30' } }) : new GatewayError('notice.invalid', { reason: `the logout token ${error.message}` });
};

/** What a notice denies, once whoever sent it has proven that it is the issuer. @throws GatewayError `notice.*`, `token.unchecked`, `limit.guessing` */
export type ReadNotice = (received: Received) => Promise<readonly About[]>;

/** Puts together how notices are read: a logout by its token, a revocation by the secret that was agreed. */
export const buildReadNotice = (config: Config, { base, shield, trusted }: Pick<Built, 'base' | 'shield' | 'trusted'>): ReadNotice => {
  const taken = new Taken();
  const verifying = { byIssuer: trusted, readJson: readIssuerJson, clock: base.world.clock };
  const logout = async (received: Received, form: ReadonlyMap<string, string>): Promise<readonly About[]> => {
    const text = form.get('logout_token') ?? '';
    const said = await proveLogout(text, received.notice.rules, verifying).catch((error: unknown) => {
      throw invalid(error);
    });
    if (!taken.take(text)) throw new GatewayError('notice.invalid', { reason: `the logout token ${said.tokenId.slice(0, 80)} was taken before` });
    return aboutLogout(said, issuerIn(config, received.notice.rules.name));
  };
  const revocation = (received: Received, form: ReadonlyMap<string, string>): readonly About[] => {
    const token = form.get('token') ?? '';
    if (!/^[\x21-\x7e]{8,16384}$/.test(token)) throw new GatewayError('notice.invalid', { reason: 'the form has no token' });
    return aboutToken(token, 'revoked by its issuer', [issuerIn(config, received.notice.rules.name)]);
  };
  const checkRevoker = (received: Received): void => {
    if (received.suspected) throw new GatewayError('limit.guessing', { reason: 'a secret from an address that guesses', headers: { 'Retry-After': '60' } });
    if (isRevoker(received.headers, received.notice.rules)) return;
    shield.failed(received.address);
    throw new GatewayError('notice.client', { reason: 'not the client that was agreed', headers: { 'WWW-Authenticate': 'Basic realm="issuers"' } });
  };
  return async (received) => {
    const { kind } = received.notice;
    // The body is the credential of a logout; of a revocation it is read only from whom it was agreed with.
    if (kind === 'revocation') checkRevoker(received);
    const form = readForm(received.headers, await received.readBody());
    return kind === 'logout' ? logout(received, form) : revocation(received, form);
  };
};

const issuerIn = (config: Config, name: string): About['issuer'] & { readonly name: string } => {
  const found = knownIssuers(config).find((each) => each.name === name);
  if (found === undefined) throw new GatewayError('house.fault', { reason: `no issuer ${name}` });
  return found;
};
