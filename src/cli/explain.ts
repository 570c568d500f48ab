import { buildSqliteStore } from '../adapters/store/sqlite/sqlite-store.ts';
import { buildLog } from '../adapters/world/log.ts';
import { realWorld } from '../adapters/world/world.ts';
import type { AuditEvent } from '../model/audit-event.ts';
import type { Decision, Tried } from '../model/policy.ts';
import { printable } from '../model/redaction.ts';
import { sentenceOf } from '../model/sentence.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { recordLookAt } from './audit/record-look.ts';
import { findDirectory, openHome } from './home.ts';
import { readTrail } from './read-trail.ts';
import { conditionChange } from './policy/condition-change.ts';
import { explain, type Explanation, type Held } from './policy/explanation.ts';
import { ownPermissions } from './policy/own-permissions.ts';
import { currentPolicy } from './policy/read-policy.ts';
import { readConfiguredKeys } from './read-config.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from './terminal.ts';

export interface ExplainOptions extends CommonOptions {
  readonly data?: string;
  readonly config?: string;
  readonly everywhere?: boolean;
}

type Paint = ReturnType<typeof painter>;

const ID = /^req_[0-9a-z]{4,64}$/;

const OUTCOMES: Readonly<Record<Tried['outcome'], string>> = {
  holds: 'holds', 'other-caller': 'is about other callers', 'other-key': 'is about its owner, and this key was given rights of its own', 'other-target': 'is about something else', condition: 'does not hold', error: 'cannot be judged', unknown: 'cannot be told from the record',
};

const indent = (text: string, by: string): string => text.split('\n').map((line) => `${by}${line}`).join('\n');

const then = ({ decision, code, rule, reason, policy }: AuditEvent): string =>
  [decision === 'allow' ? 'allowed' : decision === 'deny' ? 'denied' : 'failed', ...(rule === undefined ? [] : [`by ${rule}`]), ...(code === undefined ? [] : [`(${code})`]), ...(reason === undefined ? [] : [`— ${reason}`]), ...(policy === undefined ? [] : [`· policy ${policy}`])].join(' ');

const nowText = (now: Decision): string => {
  if (now.effect === 'allow') return `allowed by ${now.rule}`;
  if (now.effect === 'unknown') return `cannot be told: the ${now.rule} depends on what the record has masked`;
  return now.because === 'nothing' ? 'denied: no permission and no rule covers it' : `denied by the ${now.rule}: ${now.reason}`;
};

const heldLine = ({ from, permissions, covers }: Held): string => {
  if (permissions === undefined) return `· ${from}: not known here; if it is a key of MCP_API_KEYS, set that for this command too`;
  return `${covers ? '✓' : '·'} ${from}: ${permissions.length === 0 ? 'no permissions' : permissions.join(' ')}${covers ? '' : ' — none covers it'}`;
};

const triedLine = ({ rule, effect, outcome, why }: Tried): string => `${outcome === 'holds' ? (effect === 'allow' ? '✓' : '✗') : outcome === 'error' ? '!' : '·'} rule "${rule}" (${effect}): ${OUTCOMES[outcome]}${why === undefined ? '' : ` — ${why}`}`;

/** The certificate of the connection: whose it was, and what was wrong with it. */
const certificateLine = ({ certificate }: AuditEvent): readonly string[] => {
  if (certificate === undefined) return [];
  const { subject, issuer, serial, fingerprint, flaw } = certificate;
  const whose = subject === undefined ? '' : `${subject === '' ? 'no subject' : subject}, of ${issuer ?? ''}, number ${serial ?? ''}, `;
  return [`${label('shown')}${whose}sha256 ${fingerprint}${flaw === undefined ? '' : ` — ${flaw}`}`];
};

const label = (text: string): string => `  ${text.padEnd(9)}`;

/** The lines about what a denied caller can do now. */
const remedy = ({ missing, grantedBy, ask, change }: Explanation): readonly string[] => [
  ...(missing === undefined ? [] : [`${label('missing')}${missing}${grantedBy.length === 0 ? '' : `   (${grantedBy.join(', ')} would give it)`}`]),
  `${label('ask')}${ask}`,
  ...(change === undefined ? [`${label('change')}no single change would allow it`] : [`${label('change')}${change.what}:`, indent(change.lines, '    ')]),
];

const hasRemedy = ({ now, change }: Explanation): boolean => (now === undefined ? change !== undefined : now.effect !== 'allow');

const render = (explanation: Explanation, paint: Paint): string => {
  const { event, now, held, tried, policy } = explanation;
  const changed = event.policy !== undefined && event.policy !== policy;
  const lines = [
    `  ${sentenceOf(event)}`,
    `${label('then')}${then(event)}`,
    ...certificateLine(event),
    ...(now === undefined ? [`${label('now')}nothing to judge again: the record names no caller, or not all of the call`] : [`${label('now')}${nowText(now)}${changed ? ` · the policy is another one since: ${policy}` : ''}`]),
    ...(held.length + tried.length === 0 ? [] : [`${label('tried')}`.trimEnd(), ...held.map((one) => `    ${heldLine(one)}`), ...tried.map((one) => `    ${triedLine(one)}`)]),
    ...(hasRemedy(explanation) ? remedy(explanation) : []),
  ];
  // What a caller chose stands in most lines: escaped first, painted after.
  return `${paint('bold', event.id)}  ${event.at}\n${lines.flatMap((line) => line.split('\n')).map(printable).join('\n')}\n`;
};

/** Reads a request id as it stands in a problem document, in a header or in a URN. */
const idOf = (text: string): string => {
  const id = text.replace(/^urn:sallyport:request:/, '');
  if (!ID.test(id)) throw new CliError(`${printable(text.slice(0, 80))} is not a request id`, { exitCode: EXIT.usage, cure: 'take request_id of the refusal, or X-Request-Id of its headers: sallyport explain req_…' });
  return id;
};

const notFound = (id: string, directory: string, { everywhere }: ExplainOptions): CliError =>
  new CliError(`there is no record of ${id} in ${directory}${everywhere === true ? '' : ', where its time says it would be'}`, {
    exitCode: EXIT.failure,
    cure: `check the id, or name the data directory of the gateway that answered with --data DIR${everywhere === true ? '' : `; of a stream that went on for hours: sallyport explain ${id} --everywhere`}`,
  });

/** `sallyport explain REQUEST`: why a call was allowed or denied, and the smallest change that would allow it. */
export const explainRequest = async (text: string, options: ExplainOptions, terminal: Terminal): Promise<ExitCode> => {
  const id = idOf(text);
  const configured = await readConfiguredKeys(terminal.env);
  const directory = findDirectory(options.data, terminal.env);
  const home = openHome(directory);
  const world = realWorld(buildLog({ level: 'warn', pretty: true, write: (line) => void terminal.stderr.write(line) }));
  const store = buildSqliteStore(home.database, world.clock);
  try {
    const event = readTrail(home).find(id, { everywhere: options.everywhere === true });
    if (event === undefined) throw notFound(id, directory, options);
    await recordLookAt(home, { name: 'audit explain', q: id }, terminal);
    const own = ownPermissions(store.apiKeys, configured, home.hasher);
    const change = conditionChange(event, store.apiKeys);
    const explained = explain(event, currentPolicy(options.config, directory, terminal.env), own);
    const explanation = change === undefined ? explained : { ...explained, ask: 'whoever makes the keys of this gateway', change };
    if (options.json === true) writeJson(terminal, explanation);
    else terminal.stdout.write(render(explanation, painter(wantsColour(terminal.stdout, terminal.env))));
    return EXIT.ok;
  } finally {
    store.close();
    home.database.close();
  }
};
