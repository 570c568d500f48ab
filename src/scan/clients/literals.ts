import { Secret } from '../../model/secret.ts';
import { DETECTORS } from '../detectors/list.ts';
import { isNamedSecret } from '../detectors/named.ts';
import { isPlaceholder } from '../placeholder.ts';
import type { Detection } from '../finding.ts';
import type { ClientFile, Literal } from './client.ts';

type Members = Readonly<Record<string, unknown>>;
type Step = string | number;

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text of a server, and what says whether it is secret. */
interface Candidate {
  readonly path: readonly Step[];
  readonly text: string;
  /** What the value is called. */
  readonly name: string;
  /** Where in the text the value begins. */
  readonly from: number;
}

/** Members that hold names and values: variables of a process, headers, what a client shows an authorization server. */
const NAMED = ['env', 'headers', 'http_headers', 'requestInit', 'auth', 'oauth', 'settings'];
const PLAIN = ['url', 'serverUrl', 'httpUrl', 'bearer_token', 'command'];

/** Headers and variables whose values are secret, besides those of any other text. */
const SECRET_HERE = /^(?:proxy-)?authorization$|^cookie$|^bearer_token$|(?:^|[-_])(?:pat|key|jwt|auth|session|dsn|connection[-_]string)$/i;
const SCHEME = /^(?:bearer|basic|token|apikey)\s+/i;

const isSecretName = (name: string): boolean => isNamedSecret(name) || SECRET_HERE.test(name);

const namedIn = (value: unknown, path: readonly Step[]): readonly Candidate[] => {
  if (!isMembers(value)) return [];
  return Object.entries(value).flatMap(([name, text]) => {
    if (typeof text !== 'string') return namedIn(text, [...path, name]);
    return [{ path: [...path, name], text, name, from: SCHEME.exec(text)?.[0].length ?? 0 }];
  });
};

/** `--api-key=VALUE`, `--api-key VALUE`, `--header "Name: VALUE"`, `NAME=VALUE` after `-e`. */
const argumentsIn = (value: unknown, path: readonly Step[]): readonly Candidate[] => {
  if (!Array.isArray(value)) return [];
  return value.flatMap((text: unknown, at) => {
    if (typeof text !== 'string') return [];
    const own = /^(?:-{1,2})?(?<name>[\w.-]+)\s*[=:]\s*/.exec(text);
    const before: unknown = value[at - 1];
    const flag = typeof before === 'string' ? /^--?(?<name>[\w-]+)$/.exec(before)?.groups?.['name'] : undefined;
    const from = own?.[0].length ?? 0;
    return [{ path: [...path, at], text, name: own?.groups?.['name'] ?? flag ?? '', from: from + (SCHEME.exec(text.slice(from))?.[0].length ?? 0) }];
  });
};

const candidatesOf = (server: Members, path: readonly Step[]): readonly Candidate[] => [
  ...NAMED.flatMap((member) => namedIn(server[member], [...path, member])),
  ...PLAIN.flatMap((member) => { const text = server[member]; return typeof text === 'string' ? [{ path: [...path, member], text, name: member, from: 0 }] : []; }),
  ...argumentsIn(server['args'], [...path, 'args']),
  // Zed has had the command as an object.
  ...(isMembers(server['command']) ? candidatesOf(server['command'], [...path, 'command']) : []),
];

const LEAST = 4;
/** What says where a value is, and is none. */
const REFERENCE = /\$\{[^}]+\}|^\$[A-Za-z_]\w*$|^%\w+%$/;

/** What in one text is secret, and by which rule. */
const judged = async (one: Candidate): Promise<Omit<Detection, 'secret'> | undefined> => {
  if (REFERENCE.test(one.text.slice(one.from))) return undefined;
  const [sure] = (await Promise.all(DETECTORS.map((detector) => detector.detect(one.text, 'value.json')))).flat();
  if (sure !== undefined) return sure;
  const value = one.text.slice(one.from);
  if (!isSecretName(one.name) || value.length < LEAST || isPlaceholder(value) || /^(?:\/|~\/|[A-Z]:\\|https?:)/.test(value)) return undefined;
  return { rule: 'client-literal', what: `a value that is called ${one.name}`, certainty: 'likely', from: one.from, to: one.text.length };
};

/** The servers of a file, each with its path. */
const serversOf = (value: unknown, way: readonly string[], path: readonly Step[] = []): readonly { readonly name: string; readonly server: Members; readonly path: readonly Step[] }[] => {
  if (!isMembers(value)) return [];
  const [step, ...rest] = way;
  if (step === undefined) return Object.entries(value).flatMap(([name, server]) => (isMembers(server) ? [{ name, server, path: [...path, name] }] : []));
  const names = step === '*' ? Object.keys(value) : [step];
  return names.flatMap((name) => serversOf(value[name], rest, [...path, name]));
};

export type JudgedLiteral = Literal & Pick<Detection, 'rule' | 'what' | 'certainty'>;

/**
 * The secrets that stand in the servers of a client's file, in the order of the file.
 * @param value what the file says
 */
export const literalsIn = async (value: unknown, { servers }: Pick<ClientFile, 'servers'>): Promise<readonly JudgedLiteral[]> => {
  const found: JudgedLiteral[] = [];
  for (const { name, server, path } of servers.flatMap((way) => serversOf(value, way))) {
    for (const one of candidatesOf(server, path)) {
      const literal = await judged(one);
      if (literal === undefined) continue;
      const { rule, what, certainty, from, to } = literal;
      found.push({ server: name, path: one.path, text: new Secret(one.text), rule, what, certainty, from, to });
    }
  }
  return found;
};
