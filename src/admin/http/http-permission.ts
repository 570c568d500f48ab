import { GatewayError } from '../../errors/gateway-error.ts';
import type { PermissionSet, PrimitiveKind } from '../../model/permission/permission.ts';
import type { Principal } from '../../model/principal.ts';
import type { Handed } from '../../ports/operation.ts';

const ADMIN = 'admin';
const KINDS: readonly PrimitiveKind[] = ['tool', 'resource', 'prompt'];

/**
 * Whether an administrative right is held. It has to be granted by the name `admin`: `*` and `*:*` are written for servers, and a key
 * that may call every tool must not thereby make keys.
 */
const holds = (permissions: PermissionSet, right: string): boolean =>
  permissions.find(ADMIN, 'tool', right) !== undefined && permissions.grants.some(({ permission }) => permission.text.startsWith(`${ADMIN}:`) && permission.covers(ADMIN, 'tool', right));

/** The right's name without the server: `admin:keys` is `keys`. */
const nameOf = (permission: string): string => permission.slice(permission.indexOf(':') + 1);

const splitKind = (target: string): { readonly kinds: readonly PrimitiveKind[]; readonly name: string } => {
  const kind = KINDS.find((one) => target.startsWith(`${one}/`));
  if (kind !== undefined) return { kinds: [kind], name: target.slice(kind.length + 1) };
  return { kinds: target === '*' ? KINDS : ['tool'], name: target };
};

/**
 * Whether all that one permission covers is covered. A `*` of it is taken for a character that only a `*` can match, which refuses
 * some that would do and allows none that would not.
 */
const covers = (permissions: PermissionSet, text: string): boolean => {
  const [server, target] = text === '*' ? ['*', '*'] : [text.slice(0, text.indexOf(':')), nameOf(text)];
  const { kinds, name } = splitKind(target);
  if (server === ADMIN) return holds(permissions, name);
  return kinds.every((kind) => permissions.find(server, kind, name) !== undefined);
};

const denied = (needed: string, detail: string): GatewayError =>
  new GatewayError('permission.denied', { reason: `no permission covers ${needed}`, detail, extra: { required_permission: needed } });

/** Whether a principal is an operator at all. */
export const isOperator = ({ permissions }: Principal): boolean => permissions.grants.some(({ permission }) => permission.text.startsWith(`${ADMIN}:`) && permission.touches(ADMIN));

/** The right to read arguments in the trail. `admin:*` does not bring it along: whoever administers sees what happened, and an auditor with what. */
const PAYLOAD = 'admin:audit-payload';

/** Whether arguments may be read: that has to be granted by its whole name, and nothing may take it away again. */
export const readsPayload = ({ permissions }: Pick<Principal, 'permissions'>): boolean =>
  permissions.find(ADMIN, 'tool', nameOf(PAYLOAD)) !== undefined && permissions.grants.some(({ permission }) => permission.text === PAYLOAD);

/** Whether every administrative right is held. */
const isAdmin = ({ permissions }: Principal): boolean => holds(permissions, '*');

/**
 * Requires the right of an operation. One that only reads is also covered by its name with `.read`.
 * @throws GatewayError `permission.denied`
 */
export const requireRight = ({ permissions }: Principal, permission: string, reads: boolean): void => {
  const name = nameOf(permission);
  if (holds(permissions, name) || (reads && holds(permissions, `${name}.read`))) return;
  const needed = reads ? `${permission}.read` : permission;
  throw denied(needed, `This credential may not administer: it needs the permission "${needed}".`);
};

/** What names stand for in the configuration. */
export interface Names {
  /** What each role grants. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** What each named permission covers. */
  readonly permissions: Readonly<Record<string, readonly string[]>>;
}

const ownOf = (names: Readonly<Record<string, readonly string[]>>, name: string): readonly string[] | undefined => (Object.hasOwn(names, name) ? names[name] : undefined);

/** What permissions and roles come to, with names for several written out. */
const textsOf = ({ permissions, roles }: Handed, known: Names): readonly string[] => [...permissions, ...roles.flatMap((role) => ownOf(known.roles, role) ?? [])].flatMap((text) => ownOf(known.permissions, text) ?? [text]);

/**
 * Requires that whoever gives out rights holds them: nobody makes a key, or touches one, that may do more than he himself (W03).
 * @param handed undefined when the operation does not say what it gives out
 * @throws GatewayError `permission.denied`
 */
export const requireReach = (principal: Principal, handed: readonly Handed[] | undefined, known: Names): void => {
  if (handed?.some((rights) => textsOf(rights, known).includes(PAYLOAD)) === true && !readsPayload(principal)) throw denied(PAYLOAD, `Only whoever holds "${PAYLOAD}" by its name may give it, or touch a key that has it.`);
  if (isAdmin(principal)) return;
  if (handed === undefined) throw denied('admin:*', 'This operation reaches every key: it needs the permission "admin:*".');
  for (const { permissions, roles } of handed) {
    const foreign = roles.filter((role) => !principal.roles.includes(role));
    const unknown = foreign.find((role) => ownOf(known.roles, role) === undefined);
    if (unknown !== undefined) throw denied('admin:*', `The role "${unknown}" is not in the configuration; only "admin:*" may give it.`);
    const beyond = textsOf({ permissions, roles: foreign }, known).find((text) => !covers(principal.permissions, text));
    if (beyond !== undefined) throw denied(beyond, `This credential may not give "${beyond}", because it does not hold it itself.`);
  }
};
