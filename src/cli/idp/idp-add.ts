import { stringify } from 'yaml';
import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { realClock } from '../../adapters/world/world.ts';
import { issuersOf } from '../../config/issuers/issuers.ts';
import { validateConfig } from '../../config/parse-config.ts';
import { sourcesOf } from '../../config/secret-ref.ts';
import type { ProfileName } from '../../model/token/token-profile.ts';
import { inspectIssuer } from '../../planes/tokens/inspect-issuer.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { sayStep } from './say-step.ts';

export interface AddOptions extends CommonOptions {
  readonly name: string;
  readonly allowPrivate?: boolean;
}

/** What the address of a provider tells of it; everybody else is taken to follow the standard. */
const HOSTS: readonly (readonly [RegExp, ProfileName])[] = [
  [/^login\.microsoftonline\.(?:com|us)$/, 'entra-v2'],
  [/^sts\.windows\.net$/, 'entra-v1'],
  [/\.(?:okta|oktapreview|okta-emea)\.com$/, 'okta'],
  [/\.auth0\.com$/, 'auth0'],
  [/^cognito-idp\.[a-z0-9-]+\.amazonaws\.com$/, 'cognito'],
  [/^accounts\.google\.com$/, 'google'],
];

/** Guesses the profile by the URL. */
export const guessProfile = (url: URL): ProfileName => HOSTS.find(([host]) => host.test(url.hostname))?.[1] ?? (url.pathname.startsWith('/realms/') ? 'keycloak' : 'rfc9068');

const readUrl = (text: string): URL => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new CliError(`${text} is not a URL`, { exitCode: EXIT.usage, cure: 'sallyport idp add https://id.company.com' });
  return new URL(text);
};

const portOf = ({ port, protocol }: URL): string => (port !== '' ? port : protocol === 'https:' ? '443' : '80');

/** `sallyport idp add URL`: looks whether it is one, and prints what to add. Nothing is written: the file is the operator's. */
export const idpAdd = async (text: string, options: AddOptions, terminal: Terminal): Promise<ExitCode> => {
  const url = readUrl(text);
  const host = `${url.hostname}:${portOf(url)}`;
  const allow = options.allowPrivate === true ? [host] : [];
  const section = { issuers: { [options.name]: { issuer: text, profile: guessProfile(url) } }, ...(allow.length === 0 ? {} : { fetch: { allow } }) };
  // The server stands in for those of the file: what is wrong with the issuer is told as a start would tell it.
  // Whether it may be fetched is told by the walk, with the word that allows it.
  const config = validateConfig({ ...section, fetch: { allow: [host] }, servers: { any: { url: 'http://127.0.0.1/mcp' } } }, 'idp add');
  const [issuer] = issuersOf(config, sourcesOf(terminal.env, config));
  if (issuer === undefined) return EXIT.failure;
  const steps = await inspectIssuer(issuer, { network: buildGuardedNetwork({ ...config.fetch, allow }, { clock: realClock }), clock: realClock });
  const bad = steps.filter(({ outcome }) => outcome === 'bad');
  if (options.json === true) writeJson(terminal, { ok: bad.length === 0, section, steps });
  else if (options.quiet !== true) {
    for (const step of steps) terminal.stderr.write(sayStep(step));
    if (bad.length === 0) terminal.stdout.write(stringify(section));
  }
  if (bad.length === 0) return EXIT.ok;
  throw new CliError(`${text} cannot be used as it is`, { exitCode: EXIT.unreachable, cure: 'write the issuer as its tokens say it, byte for byte; for a private address add --allow-private' });
};
