import { parseConfig } from '../../config/parse-config.ts';
import type { Config } from '../../config/schema.ts';
import { connectionModeOf } from '../../config/tls/tls-mode.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findConfig } from '../find-config.ts';
import { readConfigText } from '../read-config.ts';
import { replaceFile } from '../replace-file.ts';
import { writeJson, type Terminal } from '../terminal.ts';
import { callersSince, lineOf, sinceMs, type Caller, type ReportOptions } from './report.ts';
import { dataDirectory } from './data-directory.ts';
import { withMode, type EnforcedMode } from './set-mode.ts';

export interface EnforceOptions extends ReportOptions {
  readonly config?: string;
  readonly mode: string;
  readonly listener?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** A listener by its place in the file. */
interface Place {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

const placesOf = ({ listeners }: Config): readonly Place[] => [{ name: 'listen', path: ['listen', 'tls'] }, ...listeners.map((_, at): Place => ({ name: `listeners.${String(at)}`, path: ['listeners', at, 'tls'] }))];

const modeAt = ({ listen, listeners }: Config, at: number) => connectionModeOf((at === 0 ? listen : listeners[at - 1])?.tls);

const isEnforced = (text: string): text is EnforcedMode => text === 'request' || text === 'require';

const modeOf = (text: string): EnforcedMode => {
  if (isEnforced(text)) return text;
  throw new CliError(`${printable(text.slice(0, 80))} is no mode`, { exitCode: EXIT.usage, cure: '--mode request answers 401, --mode require refuses in the handshake' });
};

/** Those that are to change: they observe, or they request and are to require. @throws CliError where there is none */
const toChange = (config: Config, mode: EnforcedMode, named: string | undefined): readonly (Place & { readonly at: number })[] => {
  const found = placesOf(config).map((place, at) => ({ ...place, at })).filter(({ name, at }) => (named === undefined || name === named) && (modeAt(config, at) === 'observe' || (mode === 'require' && modeAt(config, at) === 'request')));
  if (found.length > 0) return found;
  throw new CliError(named === undefined ? 'no listener observes certificates' : `${printable(named.slice(0, 80))} is no listener that observes certificates`, { exitCode: EXIT.usage, cure: 'begin with listen.tls: { ca: FILE, observe: true }; name a further one as --listener listeners.0' });
};

interface Change {
  readonly config: Config;
  readonly text: string;
  readonly file: string;
  readonly mode: EnforcedMode;
}

/** The new text, which is read as a start would read it. @throws CliError, ConfigError */
const changed = ({ config, text, file, mode }: Change, places: ReturnType<typeof toChange>, env: Terminal['env']): string => {
  const next = places.reduce<string | undefined>((done, { path }) => (done === undefined ? undefined : withMode(done, path, mode)), text);
  if (next !== undefined) {
    const read = parseConfig(next, file, env);
    if (placesOf(config).every((_, at) => modeAt(read, at) === (places.some((place) => place.at === at) ? mode : modeAt(config, at)))) return next;
  }
  throw new CliError(`${file} cannot be changed in its place`, { exitCode: EXIT.config, cure: `write it by hand: ${mode === 'require' ? 'take observe and rejectUnauthorized out' : 'rejectUnauthorized: false in the place of observe: true'} under ${places.map(({ name }) => `${name}.tls`).join(' and ')}` });
};

const needYes = (refused: readonly Caller[], seen: number, { since, yes, dryRun }: EnforceOptions): CliError | undefined => {
  if (yes === true || dryRun === true) return undefined;
  if (seen === 0) return new CliError(`nobody has called in the last ${since}, so nobody knows who would be cut off`, { exitCode: EXIT.findings, cure: 'look further back with --since 7d, or say --yes' });
  return refused.length === 0 ? undefined : new CliError(`${String(refused.length)} of ${String(seen)} callers would be cut off`, { exitCode: EXIT.findings, cure: 'give them certificates first, or say --yes' });
};

/** `sallyport pki enforce`: from observing to asking for certificates, in the file, when nobody would be cut off. */
export const pkiEnforce = (options: EnforceOptions, terminal: Terminal): ExitCode => {
  const [file, mode] = [findConfig(options.config, terminal.env), modeOf(options.mode)];
  const text = readConfigText(file);
  const config = parseConfig(text, file, terminal.env);
  const places = toChange(config, mode, options.listener);
  const next = changed({ config, text, file, mode }, places, terminal.env);
  const callers = callersSince(sinceMs(options.since), dataDirectory(options.data, config, terminal.env));
  const refused = callers.filter(({ without }) => without > 0);
  const names = places.map(({ name }) => name);
  if (options.json !== true && options.quiet !== true) for (const caller of refused) terminal.stdout.write(`${options.yes === true ? 'cut off' : 'would be cut off'} ${lineOf(caller)}`);
  const refusal = needYes(refused, callers.length, options);
  if (options.json === true) writeJson(terminal, { file, mode, listeners: names, callers: callers.length, refused, changed: refusal === undefined && options.dryRun !== true });
  if (refusal !== undefined) throw refusal;
  if (options.dryRun !== true) replaceFile(file, next);
  if (options.json !== true && options.quiet !== true) {
    const what = `${names.join(' and ')} in ${file}: mode ${mode}`;
    terminal.stdout.write(options.dryRun === true ? `would set ${what}; nothing was written\n` : `set ${what}\nnext: ${mode === 'require' ? 'start the gateway again: how a socket shakes hands is settled when it opens' : 'a running gateway takes it up within two seconds'}\n`);
  }
  return options.dryRun === true && refused.length > 0 ? EXIT.findings : EXIT.ok;
};
