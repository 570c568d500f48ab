import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isChainHeads } from '../../adapters/audit-sinks/chain/head.ts';
import { verifyTrail, type Anchor, type Verdict } from '../../adapters/audit-sinks/chain/verify-trail.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import { sinceMsOf } from '../since.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';

export interface VerifyOptions extends CommonOptions {
  readonly data?: string;
  readonly since?: string;
  readonly checkpoint?: string;
  readonly publicKey?: string;
  readonly file?: string;
}

const readText = (path: string, what: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CliError(`the ${what} ${printable(path)} cannot be read (${cause instanceof Error ? cause.message : 'unknown'})`, { exitCode: EXIT.usage, cure: 'name a file that exists', cause });
  }
};

const parsed = (text: string): JsonValue | undefined => {
  try {
    return JSON.parse(text) as JsonValue; // looked at by whoever asked
  } catch {
    return undefined;
  }
};

/** A checkpoint as `audit checkpoint` prints it. */
const readAnchor = (path: string): Anchor => {
  const found = parsed(readText(path, 'checkpoint'));
  if (!isJsonObject(found) || !isChainHeads(found['heads']) || typeof found['signature'] !== 'string') {
    throw new CliError(`${printable(path)} holds no checkpoint`, { exitCode: EXIT.usage, cure: 'keep what "sallyport audit checkpoint" prints, one JSON object, as it is' });
  }
  return { heads: found['heads'], signature: found['signature'] };
};

const readPublicKey = (path: string): string => {
  const text = readText(path, 'public key');
  if (!text.includes('-----BEGIN PUBLIC KEY-----')) throw new CliError(`${printable(path)} holds no public key`, { exitCode: EXIT.usage, cure: 'keep what "sallyport audit key" prints, a public key in PEM' });
  return text;
};

const chainText = ({ heads }: Verdict): string => Object.entries(heads).map(([writer, { seq }]) => `${writer} ${String(seq)}`).join(', ');

const say = (verdict: Verdict, terminal: Terminal): void => {
  const { fault, records, pruned, checkpoints } = verdict;
  if (fault === undefined) {
    const counts = [`${String(records)} records`, ...(pruned === 0 ? [] : [`${String(pruned)} of them forgotten by retention`]), `${String(checkpoints)} checkpoints`];
    terminal.stdout.write(`proven: ${counts.join(', ')}; chains: ${records === 0 ? 'none yet' : chainText(verdict)}\n`);
    return;
  }
  const where = [...(fault.position === undefined ? [] : [`row ${String(fault.position)}`]), ...(fault.writer === undefined ? [] : [`chain ${fault.writer}`]), ...(fault.seq === undefined ? [] : [`record ${String(fault.seq)}`])].join(', ');
  terminal.stdout.write(`NOT proven: ${fault.what}${where === '' ? '' : `\n  first at: ${where}`}\n  ${String(records)} records were read until there\n  next: keep the file as it is, and compare it with a backup or with what was exported\n`);
};

/** What is verified, and by whose key. */
interface Opened {
  readonly database: DatabaseSync;
  readonly publicKey: string;
  readonly fromPosition?: number;
}

/** A copy of the database, for whoever has nothing else: it is not written to. */
const openCopy = (path: string, publicKey: string | undefined): Opened => {
  if (publicKey === undefined) throw new CliError('a copy is verified by the public key of its trail', { exitCode: EXIT.usage, cure: 'name a file that holds what "sallyport audit key" printed there: --public-key FILE' });
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    database.prepare('SELECT 1 FROM audit_head').get();
    return { database, publicKey: readPublicKey(publicKey) };
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(`${printable(path)} is no database with a trail (${cause instanceof Error ? cause.message : 'unknown'})`, { exitCode: EXIT.usage, cure: 'name a copy of sallyport.db, made by SQLite\'s ".backup"', cause });
  }
};

const open = ({ data, since, publicKey, file }: VerifyOptions, env: Terminal['env'], nowMs: number): Opened => {
  if (file !== undefined) return openCopy(file, publicKey);
  const home = openHome(findDirectory(data, env));
  const reader = readTrail(home);
  // What a killed gateway has left in its journal is a part of the trail, and reading moves it.
  reader.last(1);
  return { database: home.database, publicKey: publicKey === undefined ? home.signer.publicKey.pem : readPublicKey(publicKey), ...(since === undefined ? {} : { fromPosition: reader.positionAt(sinceMsOf(since, nowMs)) }) };
};

/** `sallyport audit verify`: whether the trail is what was written, and the first record that is not. Needs neither a gateway nor a network. */
export const verify = (options: VerifyOptions, terminal: Terminal, nowMs: number): ExitCode => {
  const anchor = options.checkpoint === undefined ? undefined : readAnchor(options.checkpoint);
  if (options.file !== undefined && options.since !== undefined) throw new CliError('--since and --file do not go together', { exitCode: EXIT.usage, cure: 'verify the whole copy' });
  const opened = open(options, terminal.env, nowMs);
  try {
    const verdict = verifyTrail({ ...opened, ...(anchor === undefined ? {} : { anchor }) });
    if (options.json === true) writeJson(terminal, { proven: verdict.fault === undefined, ...verdict });
    else say(verdict, terminal);
    return verdict.fault === undefined ? EXIT.ok : EXIT.findings;
  } finally {
    opened.database.close();
  }
};
