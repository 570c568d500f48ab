import type { Permission, PrimitiveKind } from './permission.ts';

/** A permission as it is written out: which server, what kind of thing, which names. */
interface Written {
  readonly permission: Permission;
  readonly server: string;
  readonly kinds: readonly PrimitiveKind[];
  readonly name: string;
}

const ALL: readonly PrimitiveKind[] = ['tool', 'resource', 'prompt'];

const writtenOut = (permission: Permission): Written => {
  const { text } = permission;
  const colon = text.indexOf(':');
  if (colon < 0) return { permission, server: '*', kinds: ALL, name: '*' };
  const [server, target] = [text.slice(0, colon), text.slice(colon + 1)];
  const kind = ALL.find((one) => target.startsWith(`${one}/`));
  if (kind !== undefined) return { permission, server, kinds: [kind], name: target.slice(kind.length + 1) };
  return { permission, server, kinds: target === '*' ? ALL : ['tool'], name: target };
};

/** What a name stands for, or the permission itself. */
const partsOf = (permission: Permission): readonly Written[] => (permission.parts ?? [permission]).map(writtenOut);

/** Whether all of one is in the other: its star is taken for a character that only a star can match. */
const isWithin = (inner: Written, outer: Written): boolean => inner.kinds.every((kind) => outer.permission.covers(inner.server, kind, inner.name));

/** Whether two globs have a text in common: each pair of places in them is looked at once. */
const globsMeet = (left: string, right: string): boolean => {
  const seen = new Set<number>();
  const from = (at: number, other: number): boolean => {
    const place = at * (right.length + 1) + other;
    if (seen.has(place)) return false;
    seen.add(place);
    if (at === left.length && other === right.length) return true;
    if (left[at] === '*' && (from(at + 1, other) || (other < right.length && from(at, other + 1)))) return true;
    if (right[other] === '*' && (from(at, other + 1) || (at < left.length && from(at + 1, other)))) return true;
    return at < left.length && left[at] === right[other] && from(at + 1, other + 1);
  };
  return from(0, 0);
};

const meet = (one: Written, other: Written): boolean => one.kinds.some((kind) => other.kinds.includes(kind)) && globsMeet(one.server, other.server) && globsMeet(one.name, other.name);

/** What is left of one written permission within a bound, as texts. */
const leftOf = (mine: Written, bound: readonly Written[]): readonly string[] => {
  if (bound.some((outer) => isWithin(mine, outer))) return [mine.permission.text];
  return bound.filter((outer) => meet(mine, outer)).map((outer) => (isWithin(outer, mine) ? outer.permission.text : `${mine.permission.text} within ${outer.permission.text}`));
};

/**
 * What permissions come to within what their owner may do (D2), to be read by a person: a permission that is wholly within stays as it is
 * written, of one that reaches further what is left is said.
 */
export const effectivePermissions = (own: readonly Permission[], bound: readonly Permission[]): readonly string[] => {
  const outer = bound.flatMap(partsOf);
  const left = own.flatMap((permission) => {
    const parts = partsOf(permission);
    return parts.every((part) => outer.some((one) => isWithin(part, one))) ? [permission.text] : parts.flatMap((part) => leftOf(part, outer));
  });
  return [...new Set(left)];
};
