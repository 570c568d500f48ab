import { lineOf } from './blank.ts';
import { isTest, type Source } from './sources.ts';

/** Something no source says, but for the places that are named with their reason. */
export interface Ban {
  /** The guarantee, as the name of its test. */
  readonly guarantee: string;
  readonly pattern: RegExp;
  /** Which part of a source is looked at. */
  readonly in: 'text' | 'code' | 'bare' | 'types';
  /** `product`: src without its tests; `all`: tests and scripts too. */
  readonly where: 'product' | 'all';
  /** Files, or folders with a slash at the end, where it is right; each with the reason. */
  readonly except: Readonly<Record<string, string>>;
  /** A line that must be found, so that the ban is known to bite. */
  readonly sample: string;
}

const NETWORK_ROOMS = {
  'src/stages/listen/': 'accepts the connections',
  'src/stages/forward/': 'opens the connections and starts the children',
  'src/adapters/': 'is where the outside world is plugged in',
  'src/bridge/': 'is a client of gateways, in a process of its own',
};

const FILE_ROOMS = {
  'src/config/': 'reads what the configuration points to',
  'src/cli/': 'is where a person hands in files',
  'src/adapters/': 'is where the outside world is plugged in',
};

const WORLD = { 'src/adapters/world/': 'is the real clock, randomness and log' };
const GUARDIAN = { 'src/stages/forward/stdio/process/guardian.ts': 'is a program of its own and runs when no gateway is left to hand it a World' };

const EFFECTS: readonly Ban[] = [
  {
    guarantee: 'sockets, servers and child processes are opened in listen, forward, adapters and the bridge only',
    pattern: /['"]node:(?:http|https|http2|tls|net|dgram|dns|child_process)(?:\/[a-z]+)?['"]/,
    in: 'code', where: 'product',
    except: { ...NETWORK_ROOMS, 'src/stages/shield/address-bucket.ts': 'takes isIPv6 of node:net, which only looks at a text' },
    sample: "import { connect } from 'node:net';",
  },
  {
    guarantee: 'files are touched in config, cli and adapters only',
    pattern: /['"]node:(?:fs|fs\/promises|sqlite)['"]/,
    in: 'code', where: 'product', except: FILE_ROOMS,
    sample: "import { readFileSync } from 'node:fs';",
  },
  {
    guarantee: 'the environment is read in config, cli and adapters only',
    pattern: /\bprocess\s*\.\s*env\b/,
    in: 'bare', where: 'product', except: {},
    sample: 'const port = process.env.PORT;',
  },
  {
    guarantee: 'the time comes from the World',
    pattern: /\bDate\s*\.\s*now\b|\bnew Date\s*\(\s*\)|\bperformance\s*\.\s*(?:now|timeOrigin)\b|\bprocess\s*\.\s*(?:hrtime|uptime)\b/,
    in: 'bare', where: 'product', except: WORLD,
    sample: 'const now = Date.now();',
  },
  {
    guarantee: 'chance comes from the World',
    pattern: /\bMath\s*\.\s*random\b|\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b|\bgetRandomValues\b|\bgenerateKey/,
    in: 'bare', where: 'product',
    except: { ...WORLD, 'src/cli/home.ts': 'makes the hash key of a new data directory before there is a World', 'src/adapters/pki/authority-folder.ts': 'names the draft of a file, in commands that have no gateway', 'src/cli/pki/authority/': 'makes keys and numbers of certificates, in commands that have no gateway' },
    sample: 'const id = randomUUID();',
  },
  {
    guarantee: 'timers are set through the World',
    // `socket.setTimeout` is the socket's own.
    pattern: /(?<!(?<!globalThis)\s*\.\s*)\bset(?:Timeout|Interval)\b|\bAbortSignal\s*\.\s*timeout\b/,
    in: 'bare', where: 'product',
    except: {
      ...WORLD, ...GUARDIAN,
      'src/cli/bridge/bridge.ts': 'keeps its process alive while it waits for a gateway, which the World\'s timers do not',
      'src/cli/pki/authority/renew.ts': 'waits until a certificate has to be renewed, in a command that has no gateway',
      'src/cli/token/mint.ts': 'waits until a token has to be replaced, in a command that has no gateway',
      'src/cli/token/token-client.ts': 'bounds its one question',
      'src/cli/audit/look.ts': 'waits between two looks at the trail, in a command that has no gateway',
      'src/cli/with-store.ts': 'waits until a running gateway has seen the change, in a command that has no gateway',
      'src/cli/serving/serve.ts': 'bounds the questions at start',
      'src/cli/status.ts': 'bounds its one question',
      'src/cli/init/steps.ts': 'bounds its one question',
    },
    sample: 'setTimeout(close, 1000);',
  },
  {
    guarantee: 'fetch is nowhere on the path of a request: it costs five times what a dispatch costs',
    pattern: /(?<![.\w])fetch\s*\(/,
    in: 'bare', where: 'product',
    except: { 'src/cli/status.ts': 'asks once, in a command that has no gateway', 'src/cli/init/steps.ts': 'asks once, in a command that has no gateway' },
    sample: "const response = await fetch('https://host/');",
  },
];

const LIBRARIES: readonly Ban[] = [
  {
    guarantee: 'the library for OAuth is loaded in one room, and elsewhere only its types are named',
    pattern: /import\s+(?!type\b)[^;]*?'oidc-provider'/,
    in: 'code', where: 'product',
    except: { 'src/authority/provider/': 'is that room' },
    sample: "import OidcProvider from 'oidc-provider';",
  },
];

const SECRETS: readonly Ban[] = [
  {
    guarantee: 'only authorize makes a permit',
    pattern: /\bnew Permit\s*\(/,
    in: 'bare', where: 'product',
    except: { 'src/stages/authorize/authorize.ts': 'is the decision' },
    sample: "const permit = new Permit('because');",
  },
  {
    guarantee: 'a secret is revealed only where it is sent, or printed once',
    pattern: /\.\s*reveal\s*\(\s*\)/,
    in: 'bare', where: 'product',
    except: {
      'src/stages/inject/inject.ts': "adds the gateway's own credential to a call",
      'src/stages/forward/http/probe-http.ts': "sends the gateway's own credential with the questions at start",
      'src/stages/forward/stdio/process/child-environment.ts': 'hands a stdio server its credential',
      'src/stages/authenticate/token/introspect.ts': "sends the gateway's own credential to the issuer it is for",
      'src/authority/provider/client-metadata.ts': 'hands the provider the secret of a client that was agreed, to compare',
      'src/stages/authenticate/notice/prove-revoker.ts': 'compares what an issuer presents',
      'src/stages/listen/tls/forwarded-certificates.ts': 'compares what a proxy presents',
      'src/config/tls/read-tls.ts': 'looks at the length of what a proxy is to present',
      'src/config/expiring-secrets.ts': 'reads when a token among the secrets ends, by its own word',
      'src/cli/keys/keys.ts': 'prints a new key once',
      'src/cli/keys/bulk.ts': 'prints the successors of keys once',
      'src/authority/login/provider-tokens.ts': 'seals what a provider gave to ask again by',
      'src/adapters/identity/refreshed.ts': 'presents what a provider gave to ask again by, there',
      'src/stages/reveal/own-credentials.ts': 'looks for what the gateway has told a server in what that says',
      'src/scan/scan-text.ts': 'takes a digest of what was found, and its two ends',
      'src/scan/clients/': 'takes a secret out of the text in which it stands',
      'src/cli/scan/quarantine.ts': 'reports a key that was found to the operation that quarantines it',
      'src/adapters/alarm-channels/': 'hands a channel what its owner is known by there',
      'src/adapters/audit-sinks/receivers/http-post.ts': 'sends a receiver of the trail what it is known by there',
      'src/adapters/audit-sinks/receivers/webhook.ts': 'signs what a receiver of the trail is sent',
      'src/adapters/identity/discovered-client.ts': "proves the gateway's own client at a provider",
      'src/adapters/identity/github.ts': "proves the gateway's own client at GitHub",
      'src/adapters/secrets/read-secret.ts': 'hands the successor of a key to a secret manager',
      'src/admin/operations/report-leak.ts': 'hashes a key that was found somewhere, to find it',
      'src/cli/keys/rotate.ts': 'prints the successor of a key once',
      'src/admin/http/http-reply.ts': 'answers with a new key once',
      'src/cli/serving/banner.ts': 'prints the first key once',
      'src/cli/serving/serve.ts': 'prints the first key once, as JSON',
    },
    sample: 'log.info(secret.reveal());',
  },
];

/** The statuses that are nothing but statuses, and the round numbers where a line speaks of a status. */
const STATUS = /(?<![\w.'"$])(?:20[1-8]|30[1-8]|4(?:0[1-9]|1[0-8]|2[1-9]|31|51|99)|50[1-9]|51[01])(?![\w.]|_\d)|(?:[sS]tatus|writeHead)[^\n;]*?(?<![\w.])(?:[2345]00)\b(?!_)/;

const STATUSES: readonly Ban[] = [
  {
    guarantee: 'the status of a refusal stands in the catalogue and nowhere else',
    pattern: STATUS,
    in: 'bare', where: 'product',
    except: {
      'src/errors/': 'is the catalogue',
      'src/bridge/': 'is a client and reads the statuses of its gateway',
      'src/adapters/scanned/': 'hands the statuses of a server on to the SDK',
      'src/cli/scan/': 'reads the statuses of a server that is scanned',
      'src/scan/server/': 'judges the statuses of a server that is scanned',
      'src/cli/init/steps.ts': 'reads what the provider and the proxy before the gateway answer',
      'src/cli/doctor/diagnose.ts': 'reads what a server answers to a client',
      'src/authority/': 'writes pages and passes on what the provider answers; what it refuses is in the catalogue',
      'src/stages/listen/http-server.ts': 'answers bytes that never became a request, before there is an exchange to refuse',
      'src/stages/listen/probes.ts': 'answers health questions, which are neither exchanges nor errors',
      'src/stages/listen/write-reply.ts': 'writes no Content-Length with a 204 (RFC 9110 §8.6)',
      'src/stages/route/metadata.ts': 'answers a document, which is no error',
      'src/stages/route/preflight.ts': 'answers a preflight, which is no error',
      'src/stages/forward/forward.ts': 'reads whether the upstream ended the session',
      'src/stages/reveal/reveal-whole.ts': 'reads whether the upstream refused',
      'src/admin/http/http-reply.ts': 'is the good answer of an operation',
      'src/stages/forward/status-reply.ts': "is the gateway's own good answer",
      'src/stages/forward/http/': "reads the upstream's statuses",
      'src/stages/forward/stdio/serve/': 'is the HTTP face of a stdio server: these are the statuses MCP gives its answers',
      'src/directory/answer-scim.ts': 'is the good answer to a directory (RFC 7644 §3.3, §3.6)',
      'src/adapters/metrics/scrape-server.ts': 'answers scrapes on a port of its own',
      'src/adapters/telemetry/collector.ts': 'reads whether a collector may be asked again (OTLP/HTTP)',
    },
    sample: 'const reply = { status: 403 };',
  },
];

const HABITS: readonly Ban[] = [
  { guarantee: 'no type is any', pattern: /\bany\b/, in: 'types', where: 'all', except: {}, sample: 'const x: any = 1;' },
  { guarantee: 'nothing is asserted to be there with !', pattern: /!/, in: 'types', where: 'all', except: {}, sample: 'const x = map.get(1)!;' },
  { guarantee: 'the type checker is never told to look away', pattern: /@ts-(?:ignore|expect-error|nocheck)/, in: 'text', where: 'all', except: { 'test/house/bans.ts': 'is this rule' }, sample: '// @ts-ignore' },
  { guarantee: 'exports are named one by one', pattern: /\bexport\s*\*/, in: 'bare', where: 'all', except: {}, sample: "export * from './x.ts';" },
  { guarantee: 'nothing is left for later in a comment', pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, in: 'text', where: 'all', except: { 'test/house/bans.ts': 'is this rule' }, sample: '// TODO: later' },
  {
    guarantee: 'nothing is called a manager, a service, a helper or a util',
    pattern: /\b(?:class|interface|type|const|let|function)\s+\w*(?:[Mm]anager|[Ss]ervice|[Hh]elpers?|[Uu]tils?)\b/,
    in: 'bare', where: 'all', except: {}, sample: 'class KeyManager {}',
  },
];

export const BANS: readonly Ban[] = [...EFFECTS, ...LIBRARIES, ...SECRETS, ...STATUSES, ...HABITS];

const inScope = (ban: Ban, path: string): boolean => ban.where === 'all' || (path.startsWith('src/') && !isTest(path));

const exceptionFor = (ban: Ban, path: string): string | undefined => Object.keys(ban.except).find((entry) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry));

const hitsIn = (ban: Ban, source: Source): readonly string[] =>
  [...source[ban.in].matchAll(new RegExp(ban.pattern, 'g'))].map((match) => `${source.path}:${lineOf(source.text, match.index)}  ${match[0]}`);

/** Every place that breaks the ban. */
export const violations = (ban: Ban, sources: readonly Source[]): readonly string[] =>
  sources.filter(({ path }) => inScope(ban, path) && exceptionFor(ban, path) === undefined).flatMap((source) => hitsIn(ban, source));

/** Exceptions that excuse nothing any more: they go. */
export const idleExceptions = (ban: Ban, sources: readonly Source[]): readonly string[] => {
  const used = new Set(sources.filter((source) => inScope(ban, source.path) && hitsIn(ban, source).length > 0).map(({ path }) => exceptionFor(ban, path)));
  return Object.keys(ban.except).filter((entry) => !used.has(entry));
};

const EMPTY_NAMES = /(?:^|[/_.-])(?:utils?|helpers?|common|misc|managers?|services?)(?=[/_.-]|$)/i;

/** Paths with a word in them that says nothing about what is inside. */
export const emptyNames = (paths: readonly string[]): readonly string[] => paths.filter((path) => EMPTY_NAMES.test(path));
