/** An address as eight groups of sixteen bits; IPv4 stands in the last two behind `::ffff:`, as RFC 4291 §2.5.5.2 maps it. */
type Groups = readonly number[];

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

const readIPv4 = (text: string): Groups | undefined => {
  const bytes = IPV4.exec(text)?.slice(1);
  // A leading zero is octal to some readers and decimal to others.
  if (bytes === undefined || bytes.some((byte) => Number(byte) > 255 || (byte.length > 1 && byte.startsWith('0')))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  return [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d];
};

const readGroups = (text: string): Groups | undefined => {
  const groups = text === '' ? [] : text.split(':');
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? groups.map((group) => Number.parseInt(group, 16)) : undefined;
};

const readIPv6 = (text: string): Groups | undefined => {
  const [head = '', tail, more] = text.split('::');
  const left = readGroups(head);
  const right = readGroups(tail ?? '');
  if (left === undefined || right === undefined || more !== undefined) return undefined;
  const gap = 8 - left.length - right.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  return [...left, ...Array.from({ length: gap }, () => 0), ...right];
};

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

const readAddress = (text: string): Groups | undefined => (text.includes(':') ? readIPv4(MAPPED.exec(text)?.[1] ?? '') ?? readIPv6(text) : readIPv4(text));

interface Network {
  readonly groups: Groups;
  readonly bits: number;
}

/**
 * Reads an address or a CIDR range.
 * @returns undefined when it is neither, or when bits of the host are set: `10.0.0.1/8` is more likely a slip than meant
 */
const readNetwork = (text: string): Network | undefined => {
  const [address = '', length, more] = text.split('/');
  const groups = readAddress(address);
  if (groups === undefined || more !== undefined) return undefined;
  const width = address.includes(':') ? 128 : 32;
  if (length === undefined) return { groups, bits: 128 };
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return undefined;
  const network = { groups, bits: Number(length) + 128 - width };
  return hasHostBits(network) ? undefined : network;
};

/** The bits of a group that the first `bits` of the address reach. */
const maskOf = (bits: number, at: number): number => {
  const here = Math.max(0, Math.min(16, bits - at * 16));
  return (0xffff << (16 - here)) & 0xffff;
};

const hasHostBits = ({ groups, bits }: Network): boolean => groups.some((group, at) => (group & ~maskOf(bits, at) & 0xffff) !== 0);

const MAPPED_BITS = 96;

const isIPv4 = (address: Groups): boolean => address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);

/** A range of IPv6 holds no IPv4 address, though all of these are mapped into `::/0`: whoever writes that means IPv6. */
const contains = ({ groups, bits }: Network, address: Groups): boolean => {
  if (bits < MAPPED_BITS && isIPv4(address)) return false;
  for (let at = 0; at * 16 < bits; at += 1) if ((((groups[at] ?? 0) ^ (address[at] ?? 0)) & maskOf(bits, at)) !== 0) return false;
  return true;
};

/** Whether a text is an address or a CIDR range without bits of a host. */
export const isNetwork = (text: string): boolean => readNetwork(text) !== undefined;

/**
 * Whether an address is in one of the networks; what is no address is in none.
 * @param networks addresses and CIDR ranges for which `isNetwork` holds
 */
export const compileNetworks = (networks: readonly string[]): ((address: string) => boolean) => {
  const ranges = networks.flatMap((text) => readNetwork(text) ?? []);
  // A connection asks for the same address with each request.
  let last = { address: '', inside: false };
  return (address) => {
    if (address === last.address) return last.inside;
    const groups = readAddress(address);
    last = { address, inside: groups !== undefined && ranges.some((range) => contains(range, groups)) };
    return last.inside;
  };
};
