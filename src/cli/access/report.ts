import { accessReport, type AccessReport } from '../../admin/access/access-report.ts';
import { csvRow } from '../../adapters/audit-sinks/formats/csv.ts';
import { buildPolicyHistory } from '../../adapters/store/sqlite/policy-history.ts';
import { buildSqliteStore } from '../../adapters/store/sqlite/sqlite-store.ts';
import { realClock } from '../../adapters/world/world.ts';
import { DAY_MS } from '../../model/duration.ts';
import { printable } from '../../model/redaction.ts';
import { recordLookAt } from '../audit/record-look.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import { sinceMsOf } from '../since.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';

export interface ReportOptions extends CommonOptions {
  readonly data?: string;
  readonly person: string;
  readonly asOf?: string;
  readonly server?: string;
  readonly csv?: boolean;
}

/** So long before the time that is asked for, what was used is told. */
const SEEN_DAYS = 90;

const listed = (list: readonly string[]): string => (list.length === 0 ? 'nothing' : list.map(printable).join(' '));

const policyLine = ({ policySince, asOf }: AccessReport): string => {
  if (policySince === undefined) return 'policy: none is known, because no gateway of this version has run on this directory; roles count for nothing below';
  return policySince <= asOf ? `policy: the one that came into force at ${policySince}` : `policy: none is known of that time; what is said below is by the first that is known, in force since ${policySince}`;
};

const wordsFor = (report: AccessReport): string => [
  `${printable(report.person)} at ${report.asOf}${report.server === undefined ? '' : ` on ${printable(report.server)}`}`,
  policyLine(report),
  `roles: ${listed(report.roles)}; groups, as far as known today: ${listed(report.groups)}`,
  ...report.denials.map(({ value, by, atMs, reason }) => `refused as ${printable(value)} by ${printable(by)} since ${new Date(atMs).toISOString()}${reason === undefined ? '' : `: ${printable(reason)}`}`),
  ...(report.keys.length === 0 ? ['keys: none'] : report.keys.map(({ id, name, state, reached, changedSince }) => `key ${id} "${printable(name)}" was ${state}: ${state === 'active' ? `reached ${listed(reached)}` : 'reached nothing'}${changedSince.length === 0 ? '' : `; changed since by ${changedSince.join(' ')}`}`)),
  ...report.rules.map(({ name, effect }) => `rule "${printable(name)}" (${effect}) could concern them`),
  ...report.seen.credentials.map(({ method, credential, issuer, client, certificate, calls, lastAt }) => `came by ${method} ${printable([credential, issuer, client, certificate].filter((part) => part !== undefined).join(' '))}: ${String(calls)} requests, last at ${lastAt}`),
  ...report.seen.used.map(({ server, call, target, calls }) => `used ${printable(`${server} ${call}${target === undefined ? '' : ` ${target}`}`)}: ${String(calls)} times`),
].join('\n');

const table = ({ person, asOf, keys, rules, denials, seen }: AccessReport): string => [
  ['person', 'asOf', 'through', 'id', 'state', 'reach', 'calls'],
  ...keys.flatMap(({ id, state, reached }) => (reached.length === 0 ? [[person, asOf, 'key', id, state, '', undefined]] : reached.map((permission) => [person, asOf, 'key', id, state, permission, undefined]))),
  ...rules.map(({ name, effect }) => [person, asOf, 'rule', name, effect, '', undefined]),
  ...denials.map(({ value, by }) => [person, asOf, 'denial', value, by, '', undefined]),
  ...seen.credentials.map(({ method, credential, calls }) => [person, asOf, `seen ${method}`, credential, '', '', calls]),
  ...seen.used.map(({ server, call, target = '', calls }) => [person, asOf, 'used', server, call, target, calls]),
].map(csvRow).join('');

/** `sallyport access report`: what could somebody reach at a time, and through what. */
export const report = async (options: ReportOptions, terminal: Terminal): Promise<ExitCode> => {
  if (options.csv === true && options.json === true) throw new CliError('--csv and --json do not go together', { exitCode: EXIT.usage, cure: 'give one of them' });
  const nowMs = realClock.nowMs();
  const asOfMs = options.asOf === undefined ? nowMs : sinceMsOf(options.asOf, nowMs, '--as-of');
  if (asOfMs > nowMs) throw new CliError(`--as-of ${printable(options.asOf ?? '')} is still to come`, { exitCode: EXIT.usage, cure: 'name a time that is past' });
  const home = openHome(findDirectory(options.data, terminal.env));
  const store = buildSqliteStore(home.database, realClock);
  try {
    await recordLookAt(home, { name: 'access report', q: `${options.person} ${new Date(asOfMs).toISOString()}` }, terminal);
    const found = accessReport({ person: options.person, asOfMs, server: options.server, seenForMs: SEEN_DAYS * DAY_MS }, { store, trail: readTrail(home), policies: buildPolicyHistory(home.database) });
    if (options.json === true) writeJson(terminal, found);
    else terminal.stdout.write(options.csv === true ? table(found) : `${wordsFor(found)}\n`);
    return EXIT.ok;
  } finally {
    store.close();
    home.database.close();
  }
};
