/** What a permission can be about: the MCP primitives that are named by the caller. */
export type PrimitiveKind = 'tool' | 'resource' | 'prompt';

/** One permission such as `crm:read_*`, compiled. The grammar is in docs/config.md, "Permissions". */
export interface Permission {
  /** As it was written, for explanations and audit. */
  readonly text: string;
  /** Of a named permission, what its name stands for. */
  readonly parts?: readonly Permission[];
  covers(server: string, kind: PrimitiveKind, name: string): boolean;
  /** True when the permission could cover something of the server: the caller may then speak to it at all. */
  touches(server: string): boolean;
}

/** A permission could not be read; `message` says what is wrong and how to write it. */
export class PermissionSyntaxError extends Error {}

const KINDS = new Set<string>(['tool', 'resource', 'prompt']);

type Matcher = (text: string) => boolean;

/** Greedy wildcard match in O(text × stars): no regular expression, hence no ReDoS (attacks.md Q04). */
const matchesGlob = (parts: readonly string[], text: string): boolean => {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
};

/**
 * Compiles a glob in which `*` stands for any run of characters and everything else for itself, byte for byte.
 * @param glob for example `read_*`
 */
export const compileGlob = (glob: string): Matcher => {
  if (glob === '*') return () => true;
  if (!glob.includes('*')) return (text) => text === glob;
  const parts = glob.split('*');
  if (parts.length === 2 && parts[1] === '') {
    const [prefix = ''] = parts;
    return (text) => text.startsWith(prefix);
  }
  return (text) => matchesGlob(parts, text);
};

const splitKind = (target: string): { kind: string; name: string } => {
  const slash = target.indexOf('/');
  const kind = slash < 0 ? '' : target.slice(0, slash);
  return KINDS.has(kind) ? { kind, name: target.slice(slash + 1) } : { kind: '', name: target };
};

/**
 * Reads one permission: `*`, `server:*`, `server:tool-glob` or `server:(tool|resource|prompt)/name-glob`.
 * A bare `*` after the colon covers tools, resources and prompts alike; any other bare glob covers tools only.
 * @throws PermissionSyntaxError when the text has no server part or names nothing
 */
export const parsePermission = (text: string): Permission => {
  if (text === '*') return { text, covers: () => true, touches: () => true };
  const colon = text.indexOf(':');
  if (colon <= 0 || colon === text.length - 1 || /\s/.test(text)) {
    throw new PermissionSyntaxError(`"${text}" is not a permission: write "*", "server:tool", "server:read_*" or "server:resource/uri*"`);
  }
  const server = compileGlob(text.slice(0, colon));
  const { kind, name } = splitKind(text.slice(colon + 1));
  const matches = compileGlob(name);
  const everyKind = kind === '' && name === '*';
  const only = kind === '' ? 'tool' : kind;
  return {
    text,
    covers: (onServer, ofKind, named) => (everyKind || ofKind === only) && server(onServer) && matches(named),
    touches: server,
  };
};

/** What is wrong with a text that should be a permission; undefined when it is one. */
export const permissionFault = (text: string): string | undefined => {
  try {
    parsePermission(text);
    return undefined;
  } catch (error) {
    if (error instanceof PermissionSyntaxError) return error.message;
    throw error;
  }
};

/** The narrowest permission that covers a primitive, or the server as a whole. */
export const permissionFor = (server: string, primitive: { readonly kind: PrimitiveKind; readonly name: string } | undefined): string => {
  if (primitive === undefined) return `${server}:*`;
  return primitive.kind === 'tool' ? `${server}:${primitive.name}` : `${server}:${primitive.kind}/${primitive.name}`;
};
interface Grant {
  readonly permission: Permission;
  readonly from: string;
}

/** The permissions a principal holds, with the name of what granted each ("key", "role reader"). */
export class PermissionSet {
  readonly grants: readonly Grant[];
  /** What else must cover the same: the rights of the key's owner (D2). */
  readonly #within: PermissionSet | undefined;

  constructor(grants: readonly Grant[], within?: PermissionSet) {
    this.grants = grants;
    this.#within = within;
  }

  /** The first grant that covers the primitive, or undefined: there is no entry without one (default deny). */
  find(server: string, kind: PrimitiveKind, name: string): Grant | undefined {
    if (!this.bounds(server, kind, name)) return undefined;
    for (const grant of this.grants) if (grant.permission.covers(server, kind, name)) return grant;
    return undefined;
  }

  /** The first grant that concerns the server at all. */
  findServer(server: string): Grant | undefined {
    if (!this.boundsServer(server)) return undefined;
    for (const grant of this.grants) if (grant.permission.touches(server)) return grant;
    return undefined;
  }

  /** Whether the bound of the owner leaves room for the primitive; there may be no bound. What goes past it nothing can grant (D2). */
  bounds(server: string, kind: PrimitiveKind, name: string): boolean {
    return this.#within === undefined || this.#within.find(server, kind, name) !== undefined;
  }

  /** Whether the bound of the owner leaves room for anything of the server. */
  boundsServer(server: string): boolean {
    return this.#within === undefined || this.#within.findServer(server) !== undefined;
  }

  /** This set, as far as another covers the same too. */
  within(other: PermissionSet): PermissionSet {
    const bounds = [...this.#chain().slice(1), ...other.#chain()];
    return new PermissionSet(this.grants, bounds.reduceRight<PermissionSet | undefined>((inner, { grants }) => new PermissionSet(grants, inner), undefined));
  }

  /** This set and those it is bound by, from the outside in. */
  #chain(): readonly PermissionSet[] {
    return [this, ...(this.#within === undefined ? [] : this.#within.#chain())];
  }

  /** The permissions as written. */
  texts(): readonly string[] {
    return this.grants.map((grant) => grant.permission.text);
  }

  /** The permissions of the bound, where there is one. */
  get bound(): readonly Permission[] | undefined {
    return this.#within?.grants.map(({ permission }) => permission);
  }
}
