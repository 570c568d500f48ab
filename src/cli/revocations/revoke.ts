import type { Denied } from '../../admin/deny.ts';
import { liftRevocation } from '../../admin/operations/lift-revocation.ts';
import { listRevocations } from '../../admin/operations/list-revocations.ts';
import { revokeClient } from '../../admin/operations/revoke-client.ts';
import { revokeIssuer } from '../../admin/operations/revoke-issuer.ts';
import { revokeSession } from '../../admin/operations/revoke-session.ts';
import { revokeSubject } from '../../admin/operations/revoke-subject.ts';
import { revokeToken } from '../../admin/operations/revoke-token.ts';
import type { Denial } from '../../model/token/denial.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { doing } from '../doing.ts';
import { withStore, type KeysOptions } from '../with-store.ts';
import { timeOf } from '../keys/text.ts';
import { writeJson, type Terminal } from '../terminal.ts';

export interface RevokeOptions extends KeysOptions {
  readonly issuer: string;
  readonly always?: boolean;
  readonly reason?: string;
}

export interface TokenOptions extends KeysOptions {
  readonly id?: string;
  readonly issuer?: string;
  readonly reason?: string;
}

const MOST_CHARACTERS = 16_384;
const PAGE = 1_000;

const lineOf = ({ id, level, issuer, value, issuedUntilMs, by, reason, atMs }: Denial): string => {
  const what = level === 'issuer' ? issuer : `${value}${issuer === '' ? '' : ` of ${issuer}`}`;
  const which = issuedUntilMs === undefined ? '' : `, issued until ${timeOf(issuedUntilMs)}`;
  return `${id}  ${level}  ${printable(what)}${which}  by ${printable(by)} at ${timeOf(atMs)}${reason === undefined ? '' : `: ${printable(reason)}`}`;
};

/** What is refused from now on, a line for each. */
export const deniedWords = ({ denials }: Denied): string => denials.map((denial) => `refused from now on  ${lineOf(denial)}`).join('\n');

/** The token from stdin: on a command line it would be in the history and in the list of processes. */
const readToken = async ({ stdin, stderr }: Terminal): Promise<string> => {
  if (stdin?.isTTY === true) stderr.write('paste the token, then press Enter and Ctrl-D: ');
  let text = '';
  for await (const part of stdin ?? []) {
    text += String(part);
    if (text.length > MOST_CHARACTERS + 2) break;
  }
  const token = text.trim();
  if (token === '' || token.length > MOST_CHARACTERS || /\s/.test(token)) throw new CliError('stdin holds no single token', { exitCode: EXIT.usage, cure: 'sallyport revoke token < file-with-the-token   or   sallyport revoke token --id JTI --issuer NAME' });
  return token;
};

const why = ({ reason }: { readonly reason?: string }): { readonly reason?: string } => (reason === undefined ? {} : { reason });
const extent = ({ always }: RevokeOptions): { readonly always?: boolean } => (always === true ? { always } : {});

/** `sallyport revoke token < FILE`, or `--id JTI --issuer NAME` */
export const revokeOneToken = async (options: TokenOptions, terminal: Terminal): Promise<ExitCode> => {
  const { id, issuer } = options;
  if ((id === undefined) !== (issuer === undefined)) throw new CliError('--id and --issuer go together', { exitCode: EXIT.usage, cure: 'sallyport revoke token --id JTI --issuer NAME' });
  const asked = id === undefined || issuer === undefined ? { token: await readToken(terminal) } : { tokenId: id, issuer };
  return doing(options, terminal, { operation: revokeToken, input: { ...asked, ...why(options) }, words: deniedWords });
};

/** `sallyport revoke session SID --issuer NAME` */
export const revokeOneSession = (session: string, options: RevokeOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: revokeSession, input: { session, issuer: options.issuer, ...why(options) }, words: deniedWords });

/** `sallyport revoke subject SUB --issuer NAME` */
export const revokeOneSubject = (subject: string, options: RevokeOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: revokeSubject, input: { subject, issuer: options.issuer, ...extent(options), ...why(options) }, words: deniedWords });

/** `sallyport revoke client ID --issuer NAME` */
export const revokeOneClient = (client: string, options: RevokeOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: revokeClient, input: { client, issuer: options.issuer, ...extent(options), ...why(options) }, words: deniedWords });

/** `sallyport revoke issuer NAME` */
export const revokeOneIssuer = (options: RevokeOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: revokeIssuer, input: { issuer: options.issuer, ...extent(options), ...why(options) }, words: deniedWords });

/** `sallyport revocations list` */
export const revocationsList = (options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  withStore(options, terminal, async ({ needs, by }) => {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const { revocations, next }: Awaited<ReturnType<typeof listRevocations.run>> = await listRevocations.run({ after, limit: PAGE }, needs, by);
      for (const denial of revocations) {
        if (options.json === true) writeJson(terminal, denial);
        else terminal.stdout.write(`${lineOf(denial)}\n`);
      }
      after = next;
    }
    return EXIT.ok;
  });

/** `sallyport revocations lift ID` */
export const revocationsLift = (id: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: liftRevocation, input: { id }, words: () => `lifted ${id}` });
