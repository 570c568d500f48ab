import { isMap, isScalar, LineCounter, parseDocument, type Pair } from 'yaml';
import { z } from 'zod';
import type { ConfiguredKey } from '../model/api-key.ts';
import { permissionFault } from '../model/permission/permission.ts';
import { NO_IDENTITY } from '../model/principal.ts';
import { ConfigError } from './config-error.ts';
import { nearest } from '../model/did-you-mean.ts';
import { jsonFault } from './json-fault.ts';

/** The value of one entry of `MCP_API_KEYS` (R4), with the optional members of our own. */
const entrySchema = z.strictObject({
  name: z.string().min(1).max(200),
  userId: z.string().min(1).max(200).optional(),
  role: z.string().min(1).max(63).optional(),
  group: z.string().min(1).max(100).optional(),
  permissions: z.array(z.string()),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

const VARIABLE = 'MCP_API_KEYS';
const HASHED = /^sha256:([0-9a-f]{64})$/;
const POISONED = new Set(['__proto__', 'constructor', 'prototype', 'toString']);

type Place = (offset: number | undefined) => { line: number; column: number } | Record<string, never>;

const fail = (message: string, where: object, path = ''): ConfigError => new ConfigError(VARIABLE, [{ path, message, ...where }]);

const issueText = (issue: z.core.$ZodIssue): string => {
  if (issue.code !== 'unrecognized_keys') return `${issue.path.join('.')} ${issue.message}`.trim();
  const [key = ''] = issue.keys;
  const meant = nearest(key, Object.keys(entrySchema.shape));
  return `${key} is not a member of a key entry${meant === undefined ? '' : `; did you mean ${meant}?`}`;
};

const toKey = (text: string, entry: z.infer<typeof entrySchema>): ConfiguredKey => {
  const hex = HASHED.exec(text)?.[1];
  return {
    key: hex === undefined ? { kind: 'plain', text } : { kind: 'sha256', hex },
    name: entry.name,
    userId: entry.userId ?? NO_IDENTITY,
    permissions: entry.permissions,
    ...(entry.role === undefined ? {} : { role: entry.role }),
    ...(entry.group === undefined ? {} : { group: entry.group }),
    ...(entry.expiresAt === undefined ? {} : { expiresAtMs: Date.parse(entry.expiresAt) }),
  };
};

/** Reads one `"key": { … }` pair; messages name the entry by its position, because its name is the secret. */
const readPair = (pair: Pair, position: number, place: Place): ConfiguredKey => {
  const where = place(isScalar(pair.key) ? pair.key.range?.[0] : undefined);
  const label = `entry ${String(position)}`;
  const text = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : '';
  if (text.trim() === '' || POISONED.has(text)) throw fail('the property name must be the key that the client sends', where, label);
  const value: unknown = isMap(pair.value) ? pair.value.toJSON() : undefined;
  const parsed = entrySchema.safeParse(value ?? null);
  const fault = parsed.success ? parsed.data.permissions.map(permissionFault).find((found) => found !== undefined) : parsed.error.issues.map(issueText).join('; ');
  if (fault !== undefined || !parsed.success) throw fail(fault ?? 'is not a key entry', where, label);
  return toKey(text, parsed.data);
};

/**
 * Reads `MCP_API_KEYS` exactly as the founding documents write it (R4): a JSON object whose property names are the keys.
 * @throws ConfigError naming line and column; no key is ever in the message
 */
export const parseApiKeysVariable = (text: string): readonly ConfiguredKey[] => {
  const broken = jsonFault(text);
  if (broken !== undefined) throw fail('is not JSON here: check quotes, commas and braces', broken);
  const counter = new LineCounter();
  // JSON is YAML, and this reader knows where each member stands and when one comes twice.
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  const [doubled] = document.errors;
  if (doubled !== undefined) throw fail('a member comes twice', { line: doubled.linePos?.[0].line, column: doubled.linePos?.[0].col });
  if (!isMap(document.contents)) throw fail('must be an object: {"<key>": {"name", "userId", "role", "permissions"}}', { line: 1, column: 1 });
  const place: Place = (offset) => {
    if (offset === undefined) return {};
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  return document.contents.items.map((pair, at) => readPair(pair, at + 1, place));
};

/** What an operator should hear about keys that work but should not be written so (R25, D8). */
export const apiKeyWarnings = (keys: readonly ConfiguredKey[]): readonly string[] =>
  keys.flatMap((key) => {
    const faults: readonly (string | false)[] = [
      key.permissions.includes('*') && `the key "${key.name}" may do everything (permissions ["*"]): name servers and tools instead, such as "crm:get_*"`,
      key.userId === NO_IDENTITY && `the key "${key.name}" has no userId: the trail says "no identity" of its calls; name the person or service it acts for`,
      key.key.kind === 'plain' && key.key.text.length < 20 && `the key "${key.name}" is short enough to be guessed: "sallyport keys create" makes one that is not`,
    ];
    return faults.filter((fault) => fault !== false);
  });

