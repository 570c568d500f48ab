import type { Facts } from '../../../model/policy.ts';
import { groupsOf } from './attribute.ts';

/** Reads one member of a variable; undefined where it does not apply. */
export type Read = (facts: Facts) => unknown;

const membersOf = (members: Readonly<Record<string, Read>>): ReadonlyMap<string, Read> => new Map(Object.entries(members));

/** The variables of an expression and their members, besides `now`. */
export const VARIABLES: ReadonlyMap<string, ReadonlyMap<string, Read>> = new Map([
  [
    'principal',
    membersOf({
      subject: ({ principal }) => principal.subject,
      name: ({ principal }) => principal.name,
      id: ({ principal }) => principal.credentialId,
      method: ({ principal }) => principal.method,
      roles: ({ principal }) => principal.roles,
      groups: ({ principal }) => groupsOf(principal),
      client: ({ principal }) => principal.clientId,
      issuer: ({ principal }) => principal.issuer,
      claims: ({ principal }) => principal.claims ?? {},
    }),
  ],
  [
    'call',
    membersOf({
      kind: ({ primitive }) => primitive?.kind,
      name: ({ primitive }) => primitive?.name,
      annotation: ({ annotation }) => annotation,
      arguments: (facts) => facts.arguments ?? {},
    }),
  ],
  ['server', membersOf({ name: ({ server }) => server, environment: ({ environment }) => environment })],
  ['request', membersOf({ address: ({ address }) => address })],
]);

const valueOf = (members: ReadonlyMap<string, Read>, facts: Facts): Readonly<Record<string, unknown>> => {
  const value: Record<string, unknown> = {};
  for (const [name, read] of members) {
    const member = read(facts);
    if (member !== undefined) value[name] = member;
  }
  return value;
};

const contextOf = (facts: Facts): Readonly<Record<string, unknown>> => {
  const context: Record<string, unknown> = { now: new Date(facts.nowMs) };
  for (const [name, members] of VARIABLES) context[name] = valueOf(members, facts);
  return context;
};

/** Several rules look at the same facts, one right after the other. */
let last: { readonly facts: Facts; readonly context: Readonly<Record<string, unknown>> } | undefined;

/** The variables as the library for CEL takes them. A member that does not apply is absent: reading it is an error, which denies. */
export const contextFor = (facts: Facts): Readonly<Record<string, unknown>> => {
  if (last?.facts !== facts) last = { facts, context: contextOf(facts) };
  return last.context;
};
