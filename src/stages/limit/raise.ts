import type { Allowance } from '../../model/allowance.ts';
import type { Scope } from './bucket.ts';
import type { Limits } from './limits.ts';
import { doubled, inFlow, type Bound } from '../../model/raised.ts';

type Member = keyof Allowance;

/** The flag of `sallyport keys limit` for each. */
const FLAG: Readonly<Record<Member, string>> = { perSecond: '--per-second', burst: '--burst', perDay: '--per-day', perMonth: '--per-month', inFlight: '--in-flight' };

/** A name as a YAML key: quoted wherever it could be read as anything else. */
const key = (name: string): string => (/^[a-z][a-z0-9_]*$/i.test(name) ? name : JSON.stringify(name));

const SECTION: Readonly<Record<Scope, keyof Limits>> = { gateway: 'gateway', server: 'servers', tool: 'tools', owner: 'owners', role: 'roles', key: 'key', 'tool-per-key': 'toolPerKey' };

const BY_NAME: ReadonlySet<Scope> = new Set(['server', 'tool', 'owner', 'role']);

/** What to write into the file, whole: the entry that stands there for this one, with the bound that was met doubled. */
export const raiseInFile = ({ scope, name }: { readonly scope: Scope; readonly name: string }, allowance: Allowance, bound: Bound): string => {
  const entry = inFlow(doubled(allowance, bound));
  return `limits: { ${SECTION[scope]}: ${BY_NAME.has(scope) ? `{ ${key(name)}: ${entry} }` : entry} }`;
};

/** What to type, when it is the key's own limit that was met: all of its limits, because the command puts them in place of those it has. */
export const raiseOfKey = (credentialId: string, own: Allowance, bound: Bound): string => {
  const flags = Object.entries(doubled(own, bound)).flatMap(([member, value]) => (value === undefined ? [] : [`${FLAG[member as Member]} ${String(value)}`])); // doubled keeps the members
  return `sallyport keys limit ${credentialId} ${flags.join(' ')}`;
};
