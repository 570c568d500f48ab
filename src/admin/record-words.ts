import { isJsonObject, type JsonValue } from '../model/json.ts';
import type { AnyOperation } from './http-shape.ts';

/** An operation as the audit record names it: `keys revoke` is `admin/keys/revoke`. */
export const callFor = ({ name }: Pick<AnyOperation, 'name'>): string => `admin/${name.replaceAll(' ', '/')}`;

const filterText = (filter: JsonValue | undefined): string | undefined =>
  isJsonObject(filter) && Object.keys(filter).length > 0 ? Object.entries(filter).map(([name, value]) => `${name}=${String(value)}`).join(' ') : undefined;

/** What an operation was about, never what it was given besides: of these members none is ever a secret. */
export const aboutOf = (input: Readonly<Record<string, unknown>>): string | undefined => {
  const about = input['id'] ?? input['name'] ?? input['tool'] ?? input['server'] ?? input['subject'] ?? input['client'] ?? input['session'] ?? input['issuer'];
  return typeof about === 'string' ? about : filterText(input['filter'] as JsonValue | undefined); // whatever it is, only an object is read
};

/** Whether it was only asked what would happen. */
export const isDryRun = (input: Readonly<Record<string, unknown>>): boolean => input['dryRun'] === true;
