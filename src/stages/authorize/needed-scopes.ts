import type { Primitive } from '../../model/call.ts';
import type { NamedPermissions } from '../../model/permission/named-permissions.ts';
import { compileGlob, parsePermission, permissionFor } from '../../model/permission/permission.ts';
import type { Principal } from '../../model/principal.ts';

/** Scopes that a call of a tool needs besides what permits it. */
export interface StepUp {
  /** A tool's name or a glob. */
  readonly tool: string;
  readonly scopes: readonly string[];
}

export interface ScopeRules {
  readonly permissions: NamedPermissions;
  /** By server. */
  readonly stepUp: Readonly<Record<string, readonly StepUp[]>>;
}

/** What scopes a call asks for. */
export interface NeededScopes {
  /** The narrowest scope that would permit it: a named permission, or the permission for it alone. */
  permitting(server: string, primitive: Primitive): string;
  /** Those of its step-up. */
  further(server: string, primitive: Primitive): readonly string[];
  /** Those of the step-up that the caller lacks. */
  lacking(principal: Principal, server: string, primitive: Primitive): readonly string[];
}

/** How much of a permission is said outright: of several that cover a tool, the one that says most is the narrowest. */
const exactness = (text: string): number => text.replaceAll('*', '').length;

interface Name {
  readonly name: string;
  readonly parts: readonly { readonly covers: ReturnType<typeof parsePermission>['covers']; readonly exactness: number }[];
}

const namesOf = (permissions: NamedPermissions): readonly Name[] =>
  Object.entries(permissions).map(([name, texts]) => ({ name, parts: texts.map((text) => ({ covers: parsePermission(text).covers, exactness: exactness(text) })) }));

/** Whether a scope of the token covers another, as one permission covers another (RS-11); `payments` covers nothing but itself. */
const holds = ({ scopes = [], permissions }: Principal, needed: string): boolean => {
  if (scopes.includes(needed)) return true;
  const colon = needed.indexOf(':');
  return colon > 0 && permissions.grants.some(({ permission, from }) => from === 'scope' && permission.covers(needed.slice(0, colon), 'tool', needed.slice(colon + 1)));
};

/** Compiles what is configured of scopes. It looks at names alone: whether a tool is there, it cannot tell (Q03). */
export const buildNeededScopes = ({ permissions, stepUp }: ScopeRules): NeededScopes => {
  const names = namesOf(permissions);
  const steps = new Map(Object.entries(stepUp).map(([server, rules]) => [server, rules.map(({ tool, scopes }) => ({ matches: compileGlob(tool), scopes }))]));
  const furtherOf = (server: string, { kind, name }: Primitive): readonly string[] => (kind === 'tool' ? (steps.get(server) ?? []).flatMap(({ matches, scopes }) => (matches(name) ? scopes : [])) : []);
  const permitting = (server: string, primitive: Primitive): string => {
    const found = names
      .map(({ name, parts }) => ({ name, exactness: Math.max(-1, ...parts.filter(({ covers }) => covers(server, primitive.kind, primitive.name)).map((part) => part.exactness)) }))
      .filter((one) => one.exactness >= 0)
      .sort((left, right) => right.exactness - left.exactness)[0];
    return found?.name ?? permissionFor(server, primitive);
  };
  return {
    permitting,
    further: furtherOf,
    lacking: (principal, server, primitive) => furtherOf(server, primitive).filter((needed) => !holds(principal, needed)),
  };
};
