import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import type { Lifted, LiftRequest, Literal } from './client.ts';

type Table = Record<string, unknown>;

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value);

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A name as a key of TOML may be written. */
const keyed = (name: string): string => `(?:${escaped(name)}|"${escaped(name)}"|'${escaped(name)}')`;

const quoted = (text: string): string => JSON.stringify(text);

/** What a client of this kind says in place of a value: a member of the server, and what stands there. */
interface Instead {
  readonly member: 'env_vars' | 'bearer_token_env_var' | 'env_http_headers';
  readonly header?: string;
}

/** Codex hands variables on by their own name, and takes headers from others (its docs/config.md). */
const insteadOf = ({ path, text, from }: Literal): Instead | undefined => {
  const [member, name] = path.slice(2);
  if (member === 'bearer_token') return { member: 'bearer_token_env_var' };
  if (typeof name !== 'string') return undefined;
  if (member === 'env') return { member: 'env_vars' };
  if (member !== 'http_headers') return undefined;
  const before = text.reveal().slice(0, from);
  if (/^authorization$/i.test(name) && /^bearer $/i.test(before)) return { member: 'bearer_token_env_var' };
  return before === '' ? { member: 'env_http_headers', header: name } : undefined;
};

/** What the file is to mean afterwards; undefined where something of the person's own is in the way. */
const meaning = ({ text, literal, name }: LiftRequest, { member, header }: Instead): Table | undefined => {
  const root: Table = structuredClone(parse(text));
  const server = literal.path.slice(0, 2).reduce<unknown>((table, step) => (isTable(table) ? table[step] : undefined), root);
  if (!isTable(server)) return undefined;
  const holder = literal.path.length > 3 ? server[String(literal.path[2])] : server;
  if (!isTable(holder)) return undefined;
  delete holder[String(literal.path.at(-1))];
  if (member === 'env_vars') server[member] = [name, ...(Array.isArray(server[member]) ? server[member] : [])];
  else if (member === 'bearer_token_env_var') server[member] ??= name;
  else server[member] = { ...(isTable(server[member]) ? server[member] : {}), [header ?? '']: name };
  return root;
};

/** The text without an entry, once for each place that may be it: a line of its own, or in a table on one line. */
const without = (text: string, { path, text: value }: Literal): readonly string[] => {
  const raw = value.reveal();
  const entry = `(?:[\\w."'-]+\\.)?${keyed(String(path.at(-1)))}[ \\t]*=[ \\t]*(?:${escaped(quoted(raw))}|'${escaped(raw)}')`;
  const ways = [new RegExp(`(?<=^|\\n)[ \\t]*${entry}[ \\t]*(?<comment>#[^\\n]*)?(?:\\r?\\n|$)`, 'g'), new RegExp(`${entry}[ \\t]*,[ \\t]*`, 'g'), new RegExp(`[ \\t]*,[ \\t]*${entry}`, 'g'), new RegExp(entry, 'g')];
  return ways.flatMap((way) => [...text.matchAll(way)].map(({ 0: found, index, groups }) => {
    const comment = groups?.['comment'];
    return text.slice(0, index) + (comment === undefined ? '' : `${comment}\n`) + text.slice(index + found.length);
  }));
};

/** The text with a member of the server, once for each way of writing it. */
const withMember = (text: string, { server, name, instead: { member, header } }: { readonly server: string; readonly name: string; readonly instead: Instead }): readonly string[] => {
  const put = (pattern: RegExp, added: string): readonly string[] => [...text.matchAll(pattern)].map(({ 0: found, index }) => text.slice(0, index + found.length) + added + text.slice(index + found.length));
  const table = (...below: readonly string[]): RegExp => new RegExp(`(?<=^|\\n)[ \\t]*\\[${['mcp_servers', server, ...below].map(keyed).join('[ \\t]*\\.[ \\t]*')}\\][ \\t]*(?:#[^\\n]*)?(?:\\r?\\n|$)`, 'g');
  const pair = `${quoted(header ?? '')} = ${quoted(name)}`;
  const value = { env_vars: `[${quoted(name)}]`, bearer_token_env_var: quoted(name), env_http_headers: `{ ${pair} }` }[member];
  const more = member === 'env_vars' ? put(/\benv_vars[ \t]*=[ \t]*\[\s*/g, `${quoted(name)}, `) : member === 'env_http_headers' ? [...put(/\benv_http_headers[ \t]*=[ \t]*\{[ \t]*/g, `${pair}, `), ...put(table('env_http_headers'), `${pair}\n`)] : [];
  return [...more, ...put(table(), `${member} = ${value}\n`)];
};

/** Without tables that are left empty: a table that was written key by key is gone with its last key. */
const tidied = (root: Table): unknown => {
  const servers = isTable(root['mcp_servers']) ? root['mcp_servers'] : {};
  const tidy = (server: unknown): unknown => (isTable(server) ? Object.fromEntries(Object.entries(server).filter(([, value]) => !isTable(value) || Object.keys(value).length > 0)) : server);
  return structuredClone({ ...root, mcp_servers: Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, tidy(server)])) });
};

const meansThis = (text: string, meant: Table): boolean => {
  try {
    return isDeepStrictEqual(tidied(parse(text)), tidied(meant));
  } catch {
    return false;
  }
};

const BY_HAND = 'write env_vars, bearer_token_env_var or env_http_headers in its place, which name variables of the environment';

/** By members that name variables; the file then means what it is to mean, or it is left alone. */
export const liftToCodex = (request: LiftRequest): Lifted => {
  const instead = insteadOf(request.literal);
  const byHand = { kind: 'by-hand', cure: `${request.client} replaces no variables: ${BY_HAND}` } as const;
  // Codex hands a variable on by its own name alone; one that had to be called otherwise it cannot.
  const renamed = instead?.member === 'env_vars' && request.name !== request.literal.path.at(-1);
  const meant = instead === undefined || renamed ? undefined : meaning(request, instead);
  if (instead === undefined || meant === undefined) return byHand;
  const server = String(request.literal.path[1]);
  const drafts = without(request.text, request.literal).flatMap((text) => [...withMember(text, { server, name: request.name, instead }), text]);
  const text = drafts.find((draft) => meansThis(draft, meant));
  return text === undefined ? byHand : { kind: 'lifted', text, set: `set ${request.name} in the environment that ${request.client} is started from` };
};
