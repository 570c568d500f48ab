import { isIP, isIPv6 } from 'node:net';
import type { RequestHeaders } from '../../model/exchange.ts';
import { compileNetworks } from '../../model/networks.ts';

/** Removes what may stand around an address in X-Forwarded-For: port, brackets, zone. */
const bare = (text: string): string => {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1];
  const address = (bracketed ?? (/^[^:]+:\d+$/.test(trimmed) ? trimmed.slice(0, trimmed.lastIndexOf(':')) : trimmed)).split('%')[0] ?? '';
  return address;
};

/** An IPv4 address that a socket of IPv6 reports, in the form of IPv4. */
export const unmapped = (address: string): string => (address.startsWith('::') ? (/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address) : address);

/** A hop in the spelling a socket would report: one address must not have two, nor all mapped ones share a bucket (L02). */
const hopOf = (text: string): string => {
  const address = bare(text);
  if (!isIPv6(address)) return address;
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const groups = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(plain)?.slice(1).map((group) => Number.parseInt(group, 16));
  return groups?.flatMap((group) => [group >> 8, group & 255]).join('.') ?? plain;
};

/**
 * Who the caller is by address: the socket, unless the socket is a configured proxy; then the nearest hop of
 * `X-Forwarded-For` that is not one. A hop that is no address ends the walk at the last one proven (L01).
 * @param proxies addresses and CIDR ranges of the configuration, for which `isNetwork` holds
 */
export const buildClientAddress = (proxies: readonly string[]): ((socketAddress: string, headers: RequestHeaders) => string) => {
  if (proxies.length === 0) return (socketAddress) => unmapped(socketAddress);
  const isProxy = compileNetworks(proxies);
  return (socketAddress, headers) => {
    let proven = unmapped(socketAddress);
    const hops = (headers['x-forwarded-for'] ?? '').split(',').map(hopOf).toReversed();
    for (const hop of hops) {
      if (!isProxy(proven) || isIP(hop) === 0) return proven;
      proven = hop;
    }
    return proven;
  };
};
