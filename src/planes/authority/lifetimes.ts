import { Records } from '../../authority/records/records.ts';
import type { Lifetimes } from '../../authority/rules.ts';
import type { AuthorityConfig, LifetimeRule } from '../../config/authority/authority-schema.ts';
import { durationMs } from '../../model/duration.ts';
import type { Base } from '../base.ts';

// The schema lets nothing but durations through.
const msOf = (text: string): number => durationMs(text) ?? 0;

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Where a redirect URI leads, as rules name it: a host, `localhost`, or a private scheme. */
const placeOf = (uri: string): string | undefined => {
  const url = URL.parse(uri);
  if (url === null) return undefined;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return url.protocol;
  return LOOPBACK.has(url.hostname) ? 'localhost' : url.hostname;
};

/** A client with a place besides is another one: it could have the answers sent there. */
const isAt = (places: readonly string[], redirects: readonly string[]): boolean => redirects.length > 0 && redirects.every((uri) => places.includes(placeOf(uri) ?? ''));

const fits = ({ documents = [], redirects }: LifetimeRule, clientId: string, redirectsOf: (clientId: string) => readonly string[]): boolean => {
  const url = clientId.startsWith('https://') ? URL.parse(clientId) : null;
  if (url !== null) return documents.includes(url.hostname);
  return redirects !== undefined && isAt(redirects, redirectsOf(clientId));
};

/**
 * How long what a client gets is good: what was agreed with it, else the first rule that fits it, else what holds for all.
 * @param redirectsOf where a client that registered itself is sent back to
 */
export const lifetimesOf = (authority: AuthorityConfig, redirectsOf: (clientId: string) => readonly string[]) => {
  const { clients, lifetimes: rules, accessToken, refreshToken, graceSeconds } = authority;
  const ownOf = (clientId: string) => (Object.hasOwn(clients, clientId) ? clients[clientId] : rules.find((rule) => fits(rule, clientId, redirectsOf)));
  return (clientId: string | undefined): Lifetimes => {
    const own = clientId === undefined ? undefined : ownOf(clientId);
    return { accessTokenMs: msOf(own?.accessToken ?? accessToken), refreshTokenMs: msOf(own?.refreshToken ?? refreshToken), graceMs: (own?.graceSeconds ?? graceSeconds) * 1000 };
  };
};

/** Where a client that registered itself is sent back to; nowhere, where there is none of this id. */
export const registeredRedirects = ({ store, sealing, world: { clock } }: Base): ((clientId: string) => readonly string[]) => {
  const clients = new Records('Client', { store: store.authority, sealing, clock });
  return (clientId) => {
    const found = clients.find(clientId);
    const { redirect_uris: uris } = found === undefined ? {} : clients.open(found);
    return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
  };
};
