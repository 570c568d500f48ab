import type { Allowance } from '../../model/allowance.ts';
import type { Scope } from './bucket.ts';
import type { Limits } from './limits.ts';
import type { Bound } from './meter.ts';

type Member = keyof Allowance;

const MEMBER: Readonly<Record<Bound, Member>> = { rate: 'perSecond', day: 'perDay', month: 'perMonth', 'in-flight': 'inFlight' };

/** The flag of `sallyport keys limit` for each. */
const FLAG: Readonly<Record<Member, string>> = { perSecond: '--per-second', burst: '--burst', perDay: '--per-day', perMonth: '--per-month', inFlight: '--in-flight' };

/** A name as a YAML key: quoted wherever it could be read as anything else. */
const key = (name: string): string => (/^[a-z][a-z0-9_]*$/i.test(name) ? name : JSON.stringify(name));

const flow = (allowance: Allowance): string => `{ ${Object.entries(allowance).flatMap(([member, value]) => (value === undefined ? [] : [`${member}: ${String(value)}`])).join(', ')} }`;

/** The allowance with one bound doubled, and with it the burst that a rate fills. */
const doubled = (allowance: Allowance, bound: Bound): Allowance => {
  const members: readonly Member[] = bound === 'rate' ? ['perSecond', 'burst'] : [MEMBER[bound]];
  return Object.fromEntries(Object.entries(allowance).map(([member, value]) => [member, members.some((one) => one === member) ? (value ?? 0) * 2 : value]));
};

const SECTION: Readonly<Record<Scope, keyof Limits>> = { gateway: 'gateway', server: 'servers', tool: 'tools', owner: 'owners', role: 'roles', key: 'key', 'tool-per-key': 'toolPerKey' };

const BY_NAME: ReadonlySet<Scope> = new Set(['server', 'tool', 'owner', 'role']);

/** What to write into the file, whole: the entry that stands there for this one, with the bound that was met doubled. */
export const raiseInFile = ({ scope, name }: { readonly scope: Scope; readonly name: string }, allowance: Allowance, bound: Bound): string => {
  const entry = flow(doubled(allowance, bound));
  return `limits: { ${SECTION[scope]}: ${BY_NAME.has(scope) ? `{ ${key(name)}: ${entry} }` : entry} }`;
};

/** What to type, when it is the key's own limit that was met: all of its limits, because the command puts them in place of those it has. */
export const raiseOfKey = (credentialId: string, own: Allowance, bound: Bound): string => {
  const flags = Object.entries(doubled(own, bound)).flatMap(([member, value]) => (value === undefined ? [] : [`${FLAG[member as Member]} ${String(value)}`])); // doubled keeps the members
  return `sallyport keys limit ${credentialId} ${flags.join(' ')}`;
};

/** Which member of an allowance a bound is. */
export const memberOf = (bound: Bound): Member => MEMBER[bound];

/** The same for whoever administers. */
export const raiseAdmin = (allowance: Allowance): string => `limits: { admin: ${flow(doubled(allowance, 'rate'))} }`;

/** The same for the addresses, which have a rate only. */
export const raiseAddress = (allowance: Allowance): string => `limits: { address: ${flow(doubled(allowance, 'rate'))} }`;
