import { compileGlob, parsePermission } from '../../model/permission/permission.ts';
import { nearest } from '../../model/did-you-mean.ts';
import type { PolicyFile } from './policy-schema.ts';

/** What is there to be named. Where it is not known what there is, nothing is missing. */
export interface Known {
  readonly servers?: readonly string[];
  readonly people?: readonly string[];
  readonly groups?: readonly string[];
}

/** A name of something that is not there. */
export interface PolicyFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Rule = PolicyFile['rules'][number];

const missing = (what: string, name: string, known: readonly string[]): string => {
  const meant = nearest(name, known);
  const there = known.length === 0 ? 'there is none' : `there are ${known.slice(0, 8).join(', ')}`;
  return `names the ${what} "${name}", which is not there; ${meant === undefined ? there : `did you mean ${meant}?`}`;
};

const eachOf = (path: readonly PropertyKey[], list: readonly string[] | undefined, judge: (text: string) => string | undefined): readonly PolicyFault[] =>
  (list ?? []).flatMap((text, at) => {
    const message = judge(text);
    return message === undefined ? [] : [{ path: [...path, at], message }];
  });

const serverFault = (glob: string, servers: readonly string[] | undefined): string | undefined => {
  if (servers === undefined || servers.some(compileGlob(glob))) return undefined;
  return missing('server', glob, servers);
};

/** A permission that is a name, or covers something of a server that is there. */
const permissionFault = (text: string, policy: PolicyFile, { servers }: Known): string | undefined => {
  const names = Object.keys(policy.permissions);
  if (text === '*' || names.includes(text) || servers === undefined || servers.some((server) => parsePermission(text).touches(server))) return undefined;
  const meant = nearest(text, names);
  return meant === undefined ? missing('server', text.slice(0, text.indexOf(':')), servers) : `"${text}" is neither a named permission nor one of a server; did you mean ${meant}?`;
};

/** A name that could also be read as a tool of a server would mean two things. */
const nameFaults = ({ permissions }: PolicyFile, known: Known): readonly PolicyFault[] =>
  Object.keys(permissions).flatMap((name) => {
    const first = name.slice(0, name.indexOf(':'));
    return known.servers?.includes(first) === true ? [{ path: ['permissions', name], message: `could also mean the tool "${name.slice(first.length + 1)}" of the server "${first}": begin the name with another word` }] : [];
  });

const permissionFaults = (policy: PolicyFile, known: Known): readonly PolicyFault[] =>
  Object.entries(policy.permissions).flatMap(([name, texts]) =>
    eachOf(['permissions', name], texts, (text) => (text in policy.permissions ? `"${text}" is a name itself: write what it covers` : permissionFault(text, policy, known))),
  );

/** A role of which only a slip of the pen explains what it holds. What else names a server that is not there is a warning, not a fault. */
const roleFaults = (policy: PolicyFile, known: Known): readonly PolicyFault[] =>
  Object.entries(policy.roles).flatMap(([role, texts]) =>
    eachOf(['roles', role], texts, (text) => {
      const fault = permissionFault(text, policy, known);
      return fault?.includes('did you mean') === true && fault.includes('named permission') ? fault : undefined;
    }),
  );

const whoFaults = ({ who }: Rule, at: number, { policy, known }: { readonly policy: PolicyFile; readonly known: Known }): readonly PolicyFault[] => {
  const roles = Object.keys(policy.roles);
  const among = (what: string, names: readonly string[]) => (name: string) => (names.includes(name) ? undefined : missing(what, name, names));
  // People may be owners of keys and groups those of MCP_API_KEYS without being listed: only what looks like a slip is one.
  const near = (what: string, names: readonly string[] = []) => (name: string) => (names.includes(name) || nearest(name, names) === undefined ? undefined : missing(what, name, names));
  return [
    ...eachOf(['rules', at, 'who', 'role'], who.role, among('role', roles)),
    ...eachOf(['rules', at, 'who', 'person'], who.person, near('person', known.people)),
    ...eachOf(['rules', at, 'who', 'group'], who.group, near('group', known.groups)),
  ];
};

const ruleFaults = (policy: PolicyFile, known: Known): readonly PolicyFault[] =>
  policy.rules.flatMap((rule, at) => [
    ...(policy.rules.findIndex(({ name }) => name === rule.name) < at ? [{ path: ['rules', at, 'name'], message: `"${rule.name}" is the name of another rule already: a record must tell them apart` }] : []),
    ...whoFaults(rule, at, { policy, known }),
    ...eachOf(['rules', at, 'what', 'server'], rule.what.server, (glob) => serverFault(glob, known.servers)),
    ...eachOf(['rules', at, 'what', 'permission'], rule.what.permission, (text) => permissionFault(text, policy, known)),
  ]);

const ownerFaults = ({ owners, roles, permissions }: PolicyFile): readonly PolicyFault[] => {
  const known = [...Object.keys(roles), ...Object.keys(permissions)];
  return Object.keys(owners).flatMap((name) => (known.includes(name) ? [] : [{ path: ['owners', name], message: missing('role or permission', name, known) }]));
};

/** Everything a policy names that is not there, with its path. */
export const policyFaults = (policy: PolicyFile, known: Known): readonly PolicyFault[] => [
  ...nameFaults(policy, known),
  ...permissionFaults(policy, known),
  ...roleFaults(policy, known),
  ...ruleFaults(policy, known),
  ...ownerFaults(policy),
];
