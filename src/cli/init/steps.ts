import { existsSync } from 'node:fs';
import { buildGuardedNetwork } from '../../adapters/network/guarded-network.ts';
import { buildSqliteStore } from '../../adapters/store/sqlite/sqlite-store.ts';
import { realClock } from '../../adapters/world/world.ts';
import { callbackPath } from '../../config/sign-in/callback-paths.ts';
import type { SignInConfig } from '../../config/sign-in/sign-in-schema.ts';
import type { Config } from '../../config/schema.ts';
import { asCliError } from '../exit.ts';
import { readAll } from '../check.ts';
import { directoryFor, openHome, readRuntime } from '../home.ts';
import { checkExposure, readConfigFile } from '../read-config.ts';
import { readinessOf } from '../status.ts';
import type { Terminal } from '../terminal.ts';
import { CLIENT_ID_TO_WRITE } from './template.ts';

/** What the steps are looked at with. */
export interface Scene {
  readonly path: string;
  readonly config: Config;
  readonly data: string | undefined;
  readonly terminal: Terminal;
}

/** One thing that has to be so before the next can be. */
export interface Step {
  readonly title: string;
  /** @returns what is still to be done, in words and commands; nothing when it is so */
  open(scene: Scene): Promise<readonly string[]>;
}

const DONE: readonly string[] = [];
const TIMEOUT_MS = 10_000;

const inWords = (error: unknown): readonly string[] => {
  const { message, cure } = asCliError(error);
  return [message, cure];
};

const directoryOf = ({ data, config, terminal: { env } }: Scene): string => directoryFor('default', data ?? env['SALLYPORT_DATA'] ?? config.dataDir, env);

const serve = ({ path, data }: Scene): string => `sallyport serve -c ${path}${data === undefined ? '' : ` --data ${data}`}`;

/** Everything that the file refers to is there: variables, files, secrets, certificates. */
const references = async ({ path, terminal }: Scene): Promise<readonly string[]> => readAll(path, terminal).then(() => DONE, inWords);

const runs = async (scene: Scene): Promise<readonly string[]> => {
  const runtime = readRuntime(directoryOf(scene));
  if (runtime === undefined) return ['start it, in another terminal', serve(scene)];
  try {
    const { status, reasons = [] } = await readinessOf(runtime);
    return status === 'ready' || status === 'running' ? DONE : [...reasons, 'its log says more; it goes on by itself once that is mended'];
  } catch (error) {
    return inWords(error);
  }
};

/** Opens the store that the gateway keeps, where there is one. */
const inStore = <Found>(scene: Scene, look: (store: ReturnType<typeof buildSqliteStore>) => Found): Found | undefined => {
  const directory = directoryOf(scene);
  if (!existsSync(directory)) return undefined;
  const home = openHome(directory);
  const store = buildSqliteStore(home.database, realClock);
  try {
    return look(store);
  } finally {
    store.close();
    home.database.close();
  }
};

const hasKey = async (scene: Scene): Promise<readonly string[]> => {
  const [server = 'SERVER'] = Object.keys(scene.config.servers);
  if ((scene.terminal.env['MCP_API_KEYS'] ?? '') !== '' || (inStore(scene, (store) => store.apiKeys.page({ limit: 1 }).length) ?? 0) > 0) return DONE;
  return [`sallyport keys create --owner you --name first --allow '${server}:*' --data ${directoryOf(scene)}`];
};

/** Where a client of the gateway is made, by kind. */
const REGISTER = { github: 'https://github.com/settings/applications/new', google: 'https://console.cloud.google.com/apis/credentials', oidc: 'its administration' } as const;

const discovery = async (issuer: string, { config }: Scene): Promise<readonly string[]> => {
  const network = buildGuardedNetwork(config.fetch, { clock: realClock });
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const { status, body } = await network.send({ url, method: 'GET', accept: ['application/json'], maxBytes: 1_000_000, timeoutMs: TIMEOUT_MS });
    const said: unknown = status === 200 ? JSON.parse(body.toString('utf8')) : undefined;
    if (typeof said === 'object' && said !== null && 'issuer' in said && said.issuer === issuer) return DONE;
    return [`${url} is no metadata of ${issuer} (OIDC Discovery §4.3)`, 'write the issuer as its own metadata says it'];
  } catch (error) {
    return [`${url}: ${error instanceof Error ? error.message : 'no answer'}`, 'check the issuer; one of your own network has to be named in fetch.allow'];
  }
};

const knows = async ([name, entry]: readonly [string, SignInConfig], scene: Scene): Promise<readonly string[]> => {
  const { clientId, clientSecret, kind, issuer } = entry;
  if (clientId === CLIENT_ID_TO_WRITE) {
    return [`make a client of the gateway at ${entry.url ?? issuer ?? REGISTER[kind]}, with this callback: ${scene.config.publicUrl ?? ''}${callbackPath(name, entry)}`, `write its id as signIn.${name}.clientId in ${scene.path}`, ...(clientSecret.startsWith('env:') ? [`export ${clientSecret.slice(4)}=…, its secret, where the gateway is started`] : [])];
  }
  return issuer === undefined ? DONE : discovery(issuer, scene);
};

const providersKnow = async (scene: Scene): Promise<readonly string[]> => {
  for (const entry of Object.entries(scene.config.signIn)) {
    const left = await knows(entry, scene);
    if (left.length > 0) return left;
  }
  return references(scene);
};

/** A handshake that asks for a certificate is an answer too. */
const asksForCertificate = (error: unknown): boolean => error instanceof Error && error.cause instanceof Error && 'code' in error.cause && /ALERT|ECONNRESET|SOCKET/.test(String(error.cause.code));

const leads = async ({ config, path }: Scene): Promise<readonly string[]> => {
  const { publicUrl = '' } = config;
  const url = `${publicUrl}/.well-known/oauth-authorization-server`;
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!config.authority.enabled) return DONE;
    const said: unknown = answer.status === 200 ? await answer.json() : undefined;
    if (typeof said === 'object' && said !== null && 'issuer' in said && said.issuer === publicUrl) return DONE;
    return [`${url} answers ${String(answer.status)}, and not as this gateway`, `let the proxy at ${publicUrl} lead every path to port ${String(config.listen.port)}, the Host header as it came`];
  } catch (error) {
    if (!config.authority.enabled && asksForCertificate(error)) return DONE;
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no answer';
    return [`${publicUrl} does not answer (${why})`, `let its name and its proxy lead to this gateway, or mend publicUrl in ${path}`];
  }
};

const signedIn = async (scene: Scene): Promise<readonly string[]> => {
  if ((inStore(scene, (store) => store.people.page({ limit: 1 }).length) ?? 0) > 0) return DONE;
  const { publicUrl = '', servers } = scene.config;
  const names = Object.keys(servers);
  const endpoint = names.length === 1 ? `${publicUrl}/mcp` : `${publicUrl}/${names[0] ?? ''}/mcp`;
  return ['connect a client, and sign in where it leads', `claude mcp add --transport http ${names[0] ?? 'server'} ${endpoint}`];
};

const FILE: Step = {
  title: 'the file is good',
  async open({ path, terminal: { env } }) {
    try {
      checkExposure(readConfigFile(path, env));
      return DONE;
    } catch (error) {
      return inWords(error);
    }
  },
};

/** At most five (R59), each of which is looked at before the next. */
export const stepsFor = ({ authority, signIn, listen }: Config): readonly Step[] => {
  const run: Step = { title: 'the gateway runs, and its servers answer', open: runs };
  const public_: Step = { title: 'the public URL leads to it', open: leads };
  if (Object.keys(signIn).length > 0 && authority.enabled) return [FILE, { title: 'the provider knows the gateway', open: providersKnow }, run, public_, { title: 'somebody has signed in', open: signedIn }];
  if (listen.tls !== undefined) return [FILE, { title: 'certificates and keys are there and fit', open: references }, run, public_];
  return [FILE, { title: 'everything it refers to is there', open: references }, run, { title: 'there is a key', open: hasKey }];
};
