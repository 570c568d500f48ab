import { digestOf, MASKED_ARGUMENTS } from '../../model/argument-digest.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { digestIn, printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import { recordLookAt } from './record-look.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';

export interface ProveOptions extends CommonOptions {
  readonly data?: string;
}

const MOST_CHARACTERS = 1_000_000;

/** The value from stdin: on a command line it would be in the history and in the list of processes. */
const readGiven = async ({ stdin, stderr }: Terminal): Promise<string> => {
  if (stdin?.isTTY === true) stderr.write('paste the value, then press Enter and Ctrl-D: ');
  let text = '';
  for await (const part of stdin ?? []) {
    text += String(part);
    if (text.length > MOST_CHARACTERS) throw new CliError(`stdin holds more than ${String(MOST_CHARACTERS)} characters`, { exitCode: EXIT.usage, cure: 'give the value alone' });
  }
  return text;
};

/** The value at a place, names and numbers with dots between them; a name may hold dots itself. */
const valueAt = (value: JsonValue | undefined, path: string): JsonValue | undefined => {
  if (path === '' || value === undefined) return value;
  if (Array.isArray(value)) return valueAt(value[Number(path.split('.')[0])], path.split('.').slice(1).join('.'));
  if (!isJsonObject(value)) return undefined;
  const name = Object.keys(value).filter((one) => path === one || path.startsWith(`${one}.`)).toSorted((one, other) => other.length - one.length)[0];
  return name === undefined ? undefined : valueAt(value[name], path.slice(name.length + 1));
};

/** A value is given as JSON, or as the plain text it is. */
const valuesOf = (given: string): readonly JsonValue[] => {
  const text = given.replace(/\r?\n$/, '');
  try {
    return [JSON.parse(text) as JsonValue, text]; // as a text, too: 7 may have been "7"
  } catch {
    return [text];
  }
};

/** `sallyport audit prove REQUEST ARGUMENT`: whether a value, read from stdin, is the one that stood where the record has a digest. */
export const prove = async ({ request, argument: path }: { readonly request: string; readonly argument: string }, options: ProveOptions, terminal: Terminal): Promise<ExitCode> => {
  const given = await readGiven(terminal);
  const home = openHome(findDirectory(options.data, terminal.env));
  try {
    await recordLookAt(home, { name: 'audit prove', q: `${request} ${path}` }, terminal);
    const event = readTrail(home).find(request, { everywhere: true });
    if (event === undefined) throw new CliError(`${printable(request)} is not in the trail`, { exitCode: EXIT.failure, cure: 'take an id from "sallyport audit"' });
    const digest = digestIn(valueAt(event.arguments, path));
    if (digest === undefined) throw new CliError(`${printable(path)} is no masked argument of ${printable(request)}`, { exitCode: EXIT.usage, cure: 'name one as "sallyport audit --json" shows it, such as customer.email' });
    const key = home.hasher.derive(MASKED_ARGUMENTS);
    const same = valuesOf(given).some((value) => digestOf(key, { id: request, path, value }) === digest);
    if (options.json === true) writeJson(terminal, { request, argument: path, proven: same });
    else terminal.stdout.write(same ? `proven: this is the value of ${printable(path)}\n` : `NOT proven: the value of ${printable(path)} was another\n`);
    return same ? EXIT.ok : EXIT.findings;
  } finally {
    home.database.close();
  }
};
