import { inUrl, type Origin } from '../config/origins.ts';
import { LOOPBACK_HOSTS } from '../stages/route/origin.ts';

const hostOf = (url: string): string => new URL(url).hostname.toLowerCase();

/** Names a listener answers to: what is configured, and loopback's names when it listens there. */
export const allowedHosts = ({ host, allowedHosts: further, publicUrl }: Origin): ReadonlySet<string> => {
  const bound = inUrl(host);
  const loopback = LOOPBACK_HOSTS.has(bound) ? LOOPBACK_HOSTS : [];
  return new Set([...loopback, bound, ...further, ...(publicUrl === undefined ? [] : [hostOf(publicUrl)])]);
};
