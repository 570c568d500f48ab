import type { Changed } from '../model/changed.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { AnyOperation } from './http/http-shape.ts';

/** An operation as the audit record names it: `keys revoke` is `admin/keys/revoke`. */
export const callFor = ({ name }: Pick<AnyOperation, 'name'>): string => `admin/${name.replaceAll(' ', '/')}`;

const filterText = (filter: JsonValue | undefined): string | undefined =>
  isJsonObject(filter) && Object.keys(filter).length > 0 ? Object.entries(filter).map(([name, value]) => `${name}=${String(value)}`).join(' ') : undefined;

/** What an operation was about, never what it was given besides: of these members none is ever a secret. */
export const aboutOf = (input: Readonly<Record<string, unknown>>): string | undefined => {
  const about = input['id'] ?? input['person'] ?? input['name'] ?? input['tool'] ?? input['server'] ?? input['subject'] ?? input['client'] ?? input['session'] ?? input['issuer'] ?? input['channel'] ?? input['q'];
  return typeof about === 'string' ? about : filterText(input['filter'] as JsonValue | undefined); // whatever it is, only an object is read
};

/** Members that say what was given or taken; a list of those that may be told, so that a new one is not told by accident. */
const TOLD = ['owner', 'permissions', 'roles', 'environment', 'days', 'networks', 'hours', 'headerOnly', 'limits', 'replace', 'keyClass', 'overlap', 'all', 'digest', 'always', 'unknown', 'issuer', 'reason'] as const;

/** What an operation was given, as far as a record tells it: who gave which right to a key is what an auditor asks. */
export const givenOf = (input: Readonly<Record<string, unknown>>): JsonObject | undefined => {
  const told = TOLD.flatMap((name) => (input[name] === undefined || input[name] === false || (Array.isArray(input[name]) && input[name].length === 0) ? [] : [[name, input[name]]]));
  return told.length === 0 ? undefined : (Object.fromEntries(told) as JsonObject); // what operations take is JSON
};

/** So many ids stand in one record; of more it says how many there were. */
const MOST_IDS = 100;

/** What an operation has made or changed, for its record. */
export const changedBy = (operation: Pick<AnyOperation, 'touched'>, output: unknown): Changed | undefined => {
  const ids = operation.touched?.(output) ?? [];
  return ids.length === 0 ? undefined : { count: ids.length, ids: ids.slice(0, MOST_IDS) };
};

/** Whether it was only asked what would happen. */
export const isDryRun = (input: Readonly<Record<string, unknown>>): boolean => input['dryRun'] === true;
