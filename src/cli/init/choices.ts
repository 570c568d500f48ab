import { PROFILES, type Profile } from '../../config/profile.ts';
import { askAll, type Question } from '../ask.ts';
import { CliError, EXIT } from '../exit.ts';
import { nameOf, type Target } from '../serving/run.ts';
import type { Terminal } from '../terminal.ts';

export interface InitOptions {
  readonly profile?: string;
  /** A URL; a command stands behind two dashes. */
  readonly server?: string;
  readonly name?: string;
  readonly publicUrl?: string;
  readonly signIn?: string;
  readonly ca?: string;
}

/** All that a configuration is written from. */
export interface Choices {
  readonly profile: Profile;
  readonly target: Target;
  readonly name: string;
  /** Of `team` and `regulated`: an origin. */
  readonly publicUrl: string | undefined;
  /** Of `team`: `github`, `google`, or the issuer of a provider. */
  readonly signIn: string | undefined;
  /** Of `regulated`: the file of who vouches for clients. */
  readonly ca: string | undefined;
}

const PROFILE = { name: 'profile', asks: 'Who calls? "solo": you, on this machine · "team": people who sign in · "regulated": programs with certificates' };
const SERVER = { name: 'server', asks: 'What is guarded? The URL of an MCP server, or the command that starts one' };
const PUBLIC_URL = { name: 'publicUrl', asks: 'At which https URL do clients reach the gateway? Such as https://mcp.company.com' };
const SIGN_IN = { name: 'signIn', asks: 'Where do people sign in? "github", "google", or the issuer URL of your own provider' };
const CA = { name: 'ca', asks: 'Which file has the certificate of the authority that vouches for your clients?' };

/** The questions that are left, at most four (R128): what was answered by a flag is not asked. */
const questionsFor = (given: Readonly<Record<string, string | undefined>>): readonly Question[] => {
  const further = given['profile'] === 'team' ? [PUBLIC_URL, SIGN_IN] : given['profile'] === 'regulated' ? [PUBLIC_URL, CA] : [];
  return [SERVER, PROFILE, ...further].filter(({ name }) => given[name] === undefined);
};

const refused = (message: string, cure: string): CliError => new CliError(message, { exitCode: EXIT.usage, cure });

const USAGE = 'sallyport init --profile solo|team|regulated [--public-url https://…] [--sign-in github] [--ca FILE] -- COMMAND, or --server URL';

/** Words of a command as they are typed, with quotes around those that hold blanks. */
const wordsOf = (text: string): readonly string[] => [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? '');

const targetOf = (text: string): Target => {
  if (text === '') throw refused('no server was named', USAGE);
  if (!/^[a-z]+:\/\//i.test(text)) return { kind: 'command', words: wordsOf(text) };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw refused('the server is neither an http URL nor a command', USAGE);
  return { kind: 'url', url: text };
};

const originOf = (text: string): string => {
  const url = URL.parse(text);
  const isLocal = url !== null && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !(isLocal && url.protocol === 'http:'))) throw refused('--public-url is no https URL', 'write the origin that clients use, such as --public-url https://mcp.company.com');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') throw refused('--public-url has more than an origin', `write --public-url ${url.origin}`);
  return url.origin;
};

const signInOf = (text: string): string => {
  if (text === 'github' || text === 'google') return text;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') throw refused('--sign-in is neither github, google nor the issuer URL of a provider', 'sallyport init --sign-in github');
  return text;
};

const isProfile = (text: string): text is Profile => PROFILES.some((profile) => profile === text);

const profileOf = (text: string): Profile => {
  if (isProfile(text)) return text;
  throw refused('the profile is none of solo, team and regulated', 'sallyport init --profile solo');
};

/** Every choice, from flags and from answers. @throws CliError for one that is missing or none */
export const choose = async (options: InitOptions, command: readonly string[], terminal: Terminal): Promise<Choices> => {
  const given = { ...options, server: command.length > 0 ? command.join(' ') : options.server };
  if (command.length > 0 && options.server !== undefined) throw refused('there are two servers: --server and a command', 'leave one out; more can be added to the file');
  const left = (answers: Readonly<Record<string, string>>): Question | undefined => questionsFor({ ...given, ...answers })[0];
  if (left({}) !== undefined && terminal.stdin?.isTTY !== true) throw refused(`not answered: ${left({})?.asks ?? ''}`, USAGE);
  const all: Readonly<Record<string, string | undefined>> = { ...given, ...(await askAll(left, terminal)) };
  const profile = profileOf(all['profile'] ?? '');
  const target: Target = command.length > 0 ? { kind: 'command', words: command } : targetOf(all['server'] ?? '');
  const isPublic = profile !== 'solo';
  return {
    profile,
    target,
    name: options.name ?? nameOf(target),
    publicUrl: isPublic ? originOf(all['publicUrl'] ?? '') : undefined,
    signIn: profile === 'team' ? signInOf(all['signIn'] ?? '') : undefined,
    ca: profile === 'regulated' ? (all['ca'] ?? '') : undefined,
  };
};
