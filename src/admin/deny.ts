import { z } from 'zod';
import { DAY_MS } from '../model/duration.ts';
import type { Denial, DenialLevel, KnownIssuer } from '../model/token/denial.ts';
import { OperationRefused, type AdminNeeds } from './needs.ts';
import type { Operator } from '../ports/operation.ts';

/** A name in the configuration, or the issuer itself as it stands in tokens. */
export const issuer = z.string().min(1).max(2_048);

/** A value of a claim. */
export const claim = z.string().min(1).max(1_000);

export const reason = z.string().trim().min(1).max(200).exactOptional();

/** Every token there will ever be, and not only those issued until now. */
export const always = z.boolean().default(false);

/** What was denied. */
export interface Denied {
  readonly denials: readonly Denial[];
}

/** The ids under which they are listed. */
export const deniedIds = ({ denials }: Denied): readonly string[] => denials.map(({ id }) => id);

/** How far the clock of an issuer may be ahead of ours: what it issued before the denial may say it was a minute later. */
const AHEAD_MS = 60_000;

/** Denials are kept at least so long, whatever the configuration says of tokens now: it may say something else tomorrow. */
const KEPT_MS = 31 * DAY_MS;

/**
 * The issuer that is meant.
 * @throws OperationRefused where there is none: a denial of a misspelt issuer would deny nothing
 */
export const findIssuer = (text: string, { store }: AdminNeeds): KnownIssuer => {
  const known = store.denials.issuers.list();
  const found = known.find(({ name, issuer: url }) => name === text || url === text);
  if (found !== undefined) return found;
  throw new OperationRefused(known.length === 0 ? 'no gateway with issuers has run on this data directory: name them in the configuration and start it, or give --data' : `there is no issuer of that name or URL; there is ${known.map(({ name, issuer: url }) => `${name} (${url})`).join(', ')}`);
};

/** What one denial is about. */
export interface About {
  readonly level: DenialLevel;
  readonly issuer: Pick<KnownIssuer, 'issuer' | 'maxLifetimeMs'>;
  readonly value: string;
  /** Tokens issued until then, by the issuer's clock; absent: all of them. */
  readonly issuedUntilMs?: number;
  readonly reason?: string | undefined;
}

/** Tokens issued until now, or all. */
export const untilNow = (nowMs: number, all: boolean): { readonly issuedUntilMs?: number } => (all ? {} : { issuedUntilMs: nowMs + AHEAD_MS });

/** Writes denials down; whoever asks memory meets them at once in this process, and within a tenth of a second in another. */
export const deny = (about: readonly About[], { store, world }: Pick<AdminNeeds, 'store' | 'world'>, by: Pick<Operator, 'name'>): Denied => {
  const atMs = world.clock.nowMs();
  const denials = about.map(({ level, issuer: of, value, issuedUntilMs, reason: why }): Denial => {
    // One of a person, a client, a certificate or an issuer as a whole, for always, is never over; a token or a session is, when no token of it can be left.
    const endless = issuedUntilMs === undefined && (level === 'subject' || level === 'client' || level === 'issuer' || level === 'person' || level === 'certificate' || level === 'public-key');
    return {
      id: `den_${Buffer.from(world.random.bytes(9)).toString('hex')}`, level, issuer: of.issuer, value, by: by.name, atMs,
      ...(issuedUntilMs === undefined ? {} : { issuedUntilMs }), ...(why === undefined ? {} : { reason: why }),
      ...(endless ? {} : { forgetAtMs: (issuedUntilMs ?? atMs) + Math.max(KEPT_MS, 2 * of.maxLifetimeMs) }),
    };
  });
  return { denials: store.denials.add(denials) };
};
