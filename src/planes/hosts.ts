import { LOOPBACK_HOSTS } from '../stages/route/origin.ts';
import type { Config } from '../config/schema.ts';

const hostOf = (url: string): string => new URL(url).hostname.toLowerCase();

/** Names this gateway answers to: what is configured, and loopback's names when it listens there. */
export const allowedHosts = ({ listen, publicUrl }: Config): ReadonlySet<string> => {
  const bound = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const loopback = LOOPBACK_HOSTS.has(bound) ? LOOPBACK_HOSTS : [];
  return new Set([...loopback, bound, ...listen.allowedHosts, ...(publicUrl === undefined ? [] : [hostOf(publicUrl)])]);
};
