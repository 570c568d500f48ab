import { importsOf } from './imports.ts';
import { isTest, type Source } from './sources.ts';

/** One line of the import table. */
export interface Row {
  /** A folder of src/, or a file; the longest that fits is a file's room. */
  readonly room: string;
  /** Rooms of ours, or single files, that it may import besides itself. */
  readonly ours: readonly string[];
  /** Packages, and those of Node's modules that have effects. */
  readonly others?: readonly string[];
  /** Packages its tests may import besides. */
  readonly tests?: readonly string[];
}

const WORDS = ['model', 'errors', 'ports'];

const stage = (name: string, others: readonly string[] = []): Row => ({ room: `stages/${name}`, ours: WORDS, others });
const adapter = (kind: string, others: readonly string[]): Row => ({ room: `adapters/${kind}`, ours: WORDS, others });

/**
 * Who may import what. A room without a row may import nothing. Where a row differs from the first design, the reason is
 * in docs/decisions/0009-import-table.md; whoever changes a row writes the reason there in the same commit.
 */
export const TABLE: readonly Row[] = [
  { room: 'model', ours: [] },
  { room: 'errors', ours: ['model'] },
  { room: 'ports', ours: ['model', 'errors'], others: ['zod'] },
  { room: 'pipeline', ours: WORDS },

  stage('listen', ['node:http', 'node:https', 'node:net', 'node:tls']),
  stage('route'),
  stage('authenticate', ['jose', '@peculiar/asn1-schema', '@peculiar/asn1-x509', '@peculiar/asn1-ocsp']),
  stage('understand'),
  stage('authorize', ['zod', '@marcbachmann/cel-js']),
  stage('shield', ['node:net']),
  stage('limit'),
  stage('inject'),
  stage('forward'),
  stage('forward/http', ['node:net', 'node:tls', '@modelcontextprotocol/client']),
  { ...stage('forward/stdio', ['node:child_process']), tests: ['@modelcontextprotocol/client', '@modelcontextprotocol/server'] },
  stage('reveal'),
  stage('refuse'),
  stage('audit'),

  adapter('audit-sinks', ['node:fs', 'node:net', 'node:sqlite', 'node:tls']),
  { ...adapter('alarm-channels', ['node:net', 'node:tls']), ours: [...WORDS, 'adapters/audit-sinks/receivers/http-post.ts', 'adapters/audit-sinks/receivers/webhook.ts'] },
  adapter('identity', ['openid-client']),
  adapter('metrics', ['node:http', 'node:net']),
  { ...adapter('telemetry', []), ours: [...WORDS, 'adapters/audit-sinks/formats/otlp-value.ts', 'adapters/audit-sinks/receivers/http-post.ts', 'adapters/metrics/call-samples.ts', 'adapters/metrics/call-tally.ts', 'adapters/metrics/histogram.ts'] },
  adapter('network', ['node:dns/promises', 'node:http', 'node:https', 'node:net']),
  adapter('pki', ['@peculiar/asn1-schema', '@peculiar/asn1-x509', 'node:fs', 'zod']),
  adapter('scanned', ['@modelcontextprotocol/client', 'node:child_process', 'node:fs', 'node:net', 'node:tls']),
  adapter('secrets', ['node:child_process']),
  adapter('store', ['node:fs', 'node:sqlite']),
  adapter('world', ['pino']),

  { room: 'admin', ours: WORDS, others: ['zod'] },
  { room: 'directory', ours: WORDS },
  { room: 'scan', ours: WORDS, others: ['@secretlint/core', '@secretlint/profiler', '@secretlint/secretlint-rule-preset-recommend', 'smol-toml'] },
  { room: 'authority', ours: WORDS, others: ['hono', 'oidc-provider'] },
  { room: 'watch', ours: WORDS },
  { room: 'bridge', ours: [...WORDS, 'stages/reveal/sse-events.ts', 'stages/forward/stdio/rpc/faithful-json.ts', 'stages/forward/stdio/serve/modern/mirrored-params.ts'], others: ['node:http', 'node:https'] },
  { room: 'config', ours: ['model', 'ports', 'stages/authorize/conditions/list.ts', 'adapters/secrets/list.ts', 'adapters/identity/list.ts', 'adapters/alarm-channels/channel.ts', 'adapters/alarm-channels/list.ts', 'adapters/audit-sinks/formats/line-formats.ts', 'adapters/audit-sinks/handover/handovers.ts', 'adapters/audit-sinks/receivers/list.ts', 'adapters/telemetry/telemetry.ts'], others: ['node:fs', 'yaml', 'zod'] },
  { room: 'planes', ours: [...WORDS, 'pipeline', 'stages', 'admin', 'authority', 'directory', 'config', 'adapters/identity/list.ts'] },
  { room: 'compose.ts', ours: [...WORDS, 'planes', 'stages', 'config'] },
  {
    room: 'cli',
    ours: [...WORDS, 'bridge', 'config', 'scan', 'compose.ts', 'planes/admin-needs.ts', 'planes/base.ts', 'planes/map-certificate.ts', 'planes/revocation-rules.ts', 'planes/tokens/inspect-issuer.ts', 'planes/tokens/inspect-token.ts', 'planes/tokens/usable-keys.ts', 'admin', 'adapters', 'stages/listen/http-server.ts', 'stages/listen/client-address.ts', 'stages/listen/request-id.ts', 'stages/authenticate/key-index.ts', 'stages/authorize/compile-policy.ts', 'stages/authorize/plain-name.ts', 'watch'],
    others: ['commander', 'yaml', 'node:fs', 'node:module', 'node:os', 'node:sqlite', 'node:timers/promises', 'node:v8'],
  },
  { room: 'main.ts', ours: ['cli'] },
  { room: 'example', ours: [], others: ['@modelcontextprotocol/server', 'zod'], tests: ['@modelcontextprotocol/client'] },
];

/** Modules of Node that compute and touch nothing: any room may use them. What could draw randomness is banned by name. */
const PURE = ['node:buffer', 'node:crypto', 'node:events', 'node:path', 'node:stream', 'node:url', 'node:util', 'node:zlib'];

/** What tests beside the sources may import on top of their room's row; Node's own modules are all open to them. */
const FOR_TESTS = ['fast-check', 'test/world', 'test/fixtures'];

const covers = (entry: string, path: string): boolean => path === entry || path.startsWith(`${entry}/`);

const roomOf = (path: string, table: readonly Row[]): Row | undefined =>
  table.filter(({ room }) => covers(room, path)).sort((left, right) => right.room.length - left.room.length)[0];

/** A path below src/ without it, or undefined when it is elsewhere. */
const inSource = (path: string): string | undefined => (path.startsWith('src/') ? path.slice('src/'.length) : undefined);

const mayImportOurs = (from: Row, { target, test }: { readonly target: string; readonly test: boolean }, table: readonly Row[]): boolean => {
  const within = inSource(target);
  if (within === undefined) return test && FOR_TESTS.some((entry) => covers(entry, target));
  // Only tests and other fixtures start or read fixtures.
  if (isTest(target) && !test) return false;
  const to = roomOf(within, table);
  if (to?.room === from.room) return true;
  return to !== undefined && from.ours.some((entry) => covers(entry, within));
};

const mayImportOther = (from: Row, name: string, test: boolean): boolean => {
  if (PURE.includes(name) || from.others?.includes(name) === true) return true;
  return test && (name.startsWith('node:') || FOR_TESTS.includes(name) || from.tests?.includes(name) === true);
};

/** Every import that the table does not allow, as `path:line  imports target`. */
export const forbiddenImports = (sources: readonly Source[], table: readonly Row[] = TABLE): readonly string[] =>
  sources.flatMap((source) => {
    const path = inSource(source.path);
    const from = path === undefined ? undefined : roomOf(path, table);
    const test = isTest(source.path);
    return importsOf(source)
      .filter(({ ours, target }) => from === undefined || !(ours ? mayImportOurs(from, { target, test }, table) : mayImportOther(from, target, test)))
      .map(({ line, target }) => `${source.path}:${line}  imports ${target}${from === undefined ? ', and its room has no row' : ''}`);
  });

/** Entries of the table that no import uses: permissions that nobody needs are taken back. */
export const unusedEntries = (sources: readonly Source[], table: readonly Row[] = TABLE): readonly string[] =>
  table.flatMap((row) => {
    const mine = sources.filter(({ path }) => roomOf(inSource(path) ?? '', table)?.room === row.room);
    const targets = new Set(mine.flatMap(importsOf).map(({ target }) => target));
    const unused = (row.others ?? []).filter((name) => !targets.has(name));
    const files = row.ours.filter((entry) => entry.includes('.') && !targets.has(`src/${entry}`));
    return [...unused, ...files, ...(mine.length === 0 ? ['the row itself'] : [])].map((what) => `${row.room}: ${what}`);
  });
