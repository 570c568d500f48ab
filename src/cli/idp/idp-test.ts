import { readFileSync } from 'node:fs';
import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { realClock } from '../../adapters/world/world.ts';
import { issuersOf } from '../../config/issuers/issuers.ts';
import { nearest } from '../../model/did-you-mean.ts';
import { sourcesOf } from '../../config/secret-ref.ts';
import { withManagedSecrets } from '../managed-secrets.ts';
import type { Issuer } from '../../model/token/issuer.ts';
import { inspectIssuer } from '../../planes/tokens/inspect-issuer.ts';
import { inspectToken } from '../../planes/tokens/inspect-token.ts';
import type { Log } from '../../ports/world.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findConfig } from '../find-config.ts';
import { readConfigFile } from '../read-config.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { sayStep } from './say-step.ts';

export interface TestOptions extends CommonOptions {
  readonly config?: string;
  readonly tokenFile?: string;
}

/** What would be logged stands in the steps. */
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const MOST_CHARACTERS = 65_536;

const issuerCalled = (name: string, issuers: readonly Issuer[]): Issuer => {
  const found = issuers.find((issuer) => issuer.name === name);
  if (found !== undefined) return found;
  const meant = nearest(name, issuers.map((issuer) => issuer.name));
  throw new CliError(`no issuer is called ${name}`, { exitCode: EXIT.usage, cure: meant === undefined ? 'sallyport idp list' : `did you mean sallyport idp test ${meant}?` });
};

const fromStdin = async ({ stdin }: Terminal): Promise<string> => {
  let text = '';
  for await (const part of stdin ?? []) {
    text += String(part);
    if (text.length > MOST_CHARACTERS) break;
  }
  return text;
};

/** A token never stands on a command line, where the history and the list of processes would have it. */
const readToken = async (file: string, terminal: Terminal): Promise<string> => {
  try {
    return (file === '-' ? await fromStdin(terminal) : readFileSync(file, 'utf8')).trim();
  } catch {
    throw new CliError(`the token file ${file} cannot be read`, { exitCode: EXIT.usage, cure: 'check the path and its permissions, or pipe the token in with --token-file -' });
  }
};

/** `sallyport idp test NAME` */
export const idpTest = async (name: string, options: TestOptions, terminal: Terminal): Promise<ExitCode> => {
  const config = await withManagedSecrets(readConfigFile(findConfig(options.config, terminal.env), terminal.env), terminal.env);
  const issuer = issuerCalled(name, issuersOf(config, sourcesOf(terminal.env, config)));
  const needs = { network: buildGuardedNetwork(config.fetch, { clock: realClock }), clock: realClock, log: SILENT };
  const about = await inspectIssuer(issuer, needs);
  const walked = options.tokenFile === undefined ? [] : await inspectToken(await readToken(options.tokenFile, terminal), { issuer, config, needs });
  const steps = [...about, ...walked];
  const ok = steps.every(({ outcome }) => outcome !== 'bad');
  if (options.json === true) writeJson(terminal, { ok, issuer: issuer.issuer, steps });
  else if (options.quiet !== true) for (const step of steps) terminal.stdout.write(sayStep(step));
  return ok ? EXIT.ok : EXIT.findings;
};
