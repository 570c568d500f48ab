import { compileNetworks } from '../../model/networks.ts';

/** IPv4 addresses that are not anybody's on the internet: the special-purpose registry of RFC 6890, multicast, and what clouds answer on. */
const NOT_PUBLIC_V4 = compileNetworks([
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16',
  // IETF assignments, among them the metadata of one cloud; documentation; 6to4 relays; benchmarks.
  '192.0.0.0/24', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '192.88.99.0/24', '198.18.0.0/15',
  // Multicast, reserved, broadcast.
  '224.0.0.0/4', '240.0.0.0/4',
  // Looks public, and is the host's own agent in one cloud.
  '168.63.129.16',
]);

/** What is handed out to anybody (RFC 4291 §2.4): all else, such as loopback, link-local, unique local, mapped, NAT64 and multicast, is not. */
const GLOBAL_V6 = compileNetworks(['2000::/3']);

/** What inside of it is for special purposes, and the transitions that carry an IPv4 address: Teredo (in the first), 6to4. */
const NOT_PUBLIC_V6 = compileNetworks(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** The rest of an address that carries an IPv4 address in any network: ISATAP (RFC 5214 §6.1). */
const ISATAP = /:(?:0|200)?:?5efe:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/i;

/** Whether an address, as the resolver or a parsed URL spells it, belongs to the public internet. What is no address does not (S04). */
export const isPublicAddress = (address: string): boolean =>
  address.includes(':') ? GLOBAL_V6(address) && !NOT_PUBLIC_V6(address) && !ISATAP.test(address) : isIPv4(address) && !NOT_PUBLIC_V4(address);

const ANY_V4 = compileNetworks(['0.0.0.0/0']);
const isIPv4 = (text: string): boolean => ANY_V4(text);
