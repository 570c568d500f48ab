import { isIPv6 } from 'node:net';

/** Expands the first four groups of an IPv6 address: what one customer line usually holds. */
const prefix64 = (address: string): string => {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right];
  return groups.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':');
};

const bucketOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  return isIPv6(address) ? `${prefix64(address)}::/64` : address;
};

/** The last address and its bucket: a connection asks for the same one with each request. */
let last = { address: '', bucket: '' };

/**
 * The bucket an address belongs to: IPv4 by itself, IPv4-mapped as its IPv4, IPv6 by its /64 (attacks.md L02).
 * @param address as the socket reports it, zone removed
 */
export const addressBucket = (address: string): string => {
  if (address !== last.address) last = { address, bucket: bucketOf(address) };
  return last.bucket;
};
