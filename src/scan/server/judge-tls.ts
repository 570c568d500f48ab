import { DAY_MS } from '../../model/duration.ts';
import type { Remark, TlsFacts } from './remark.ts';

const SOON_MS = 14 * DAY_MS;
/** Certificates that live for days are renewed late and often. */
const LAST_PART = 4;
const LEAST_BITS = 2048;

const OVER = /expired/i;
const OTHER_NAME = /ALTNAME|altnames/;

const untrusted = (why: string): Omit<Remark, 'place'> => {
  if (OVER.test(why)) return { rule: 'tls-certificate', what: 'the certificate has expired', certainty: 'certain', next: 'have it renewed, and see why nobody was told' };
  if (OTHER_NAME.test(why)) return { rule: 'tls-certificate', what: 'the certificate is for another name', certainty: 'certain', next: 'have one issued for the name in the URL' };
  return { rule: 'tls-certificate', what: `nobody whom this machine trusts has issued the certificate (${why})`, certainty: 'likely', next: 'have it issued by somebody whom clients trust, or name the issuer with --ca' };
};

const nearEnd = ({ validFromMs, validUntilMs }: TlsFacts, nowMs: number): boolean => {
  const leftMs = validUntilMs - nowMs;
  return leftMs >= 0 && leftMs < Math.min(SOON_MS, (validUntilMs - validFromMs) / LAST_PART);
};

/** What is wrong with how a server speaks TLS (RFC 8996, NIST SP 800-131A). */
export const judgeTls = (facts: TlsFacts, nowMs: number): readonly Remark[] => [
  ...(facts.old === undefined ? [] : [{ rule: 'tls-version', what: `the server still speaks ${facts.old}, which is broken (RFC 8996)`, certainty: 'certain' as const, next: 'allow TLS 1.2 and 1.3 alone' }]),
  ...(facts.untrusted === undefined ? [] : [untrusted(facts.untrusted)]),
  ...(nearEnd(facts, nowMs) ? [{ rule: 'tls-expiry', what: `the certificate ends on ${new Date(facts.validUntilMs).toISOString().slice(0, 10)}`, certainty: 'likely' as const, next: 'have it renewed, by a program' }] : []),
  ...(facts.bits !== undefined && facts.bits < LEAST_BITS ? [{ rule: 'tls-key', what: `the key of the certificate has ${String(facts.bits)} bits only`, certainty: 'certain' as const, next: 'have one issued for a new key' }] : []),
].map((remark) => ({ ...remark, place: 'tls' }));
