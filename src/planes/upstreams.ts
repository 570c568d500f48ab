import { resolveValues, sourcesOf, type Sources } from '../config/secret-ref.ts';
import { buildHttpUpstream } from '../stages/forward/http/http-upstream.ts';
import { buildStdioUpstream } from '../stages/forward/stdio/stdio-upstream.ts';
import type { Config, ServerConfig } from '../config/schema.ts';
import type { Secret } from '../model/secret.ts';
import type { Upstream } from '../ports/upstream.ts';
import type { Base } from './base.ts';

export interface Upstreams {
  readonly byName: ReadonlyMap<string, Upstream>;
  /** The config each was built from: an unchanged server keeps its upstream, and with it its child, over a reload. */
  readonly madeFrom: ReadonlyMap<string, string>;
}

/** What building an upstream needs. */
interface Making {
  readonly base: Base;
  readonly sources: Sources;
  readonly maxAnswerBytes: number;
}

const buildUpstream = (server: string, entry: ServerConfig, { base, sources, maxAnswerBytes }: Making): Upstream => {
  const at = `servers.${server}`;
  const [program, ...args] = entry.command ?? [];
  if (entry.url !== undefined || program === undefined) {
    return buildHttpUpstream(
      { url: new URL(entry.url ?? ''), headers: ownHeaders(server, entry, sources), maxAnswerBytes, connectTimeoutMs: 5_000 },
      base.world,
    );
  }
  return buildStdioUpstream(
    {
      server,
      command: program,
      args,
      ...(entry.cwd === undefined ? {} : { cwd: entry.cwd }),
      env: resolveValues(entry.env, `${at}.env`, sources),
      inheritEnv: base.environment,
      maxLineBytes: maxAnswerBytes,
    },
    base.world,
  );
};

/** The headers the gateway itself adds for a server. */
export const ownHeaders = (server: string, entry: ServerConfig, sources: Sources): Readonly<Record<string, Secret | string>> => {
  const lower = Object.fromEntries(Object.entries(entry.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return resolveValues(lower, `servers.${server}.headers`, sources);
};

/** The fingerprints of a server's secrets: a rotated one builds the upstream anew. */
const secretsOf = (server: string, entry: ServerConfig, sources: Sources): readonly string[] =>
  Object.values({ ...resolveValues(entry.env, `servers.${server}.env`, sources), ...ownHeaders(server, entry, sources) }).map((value) => (typeof value === 'string' ? value : value.fingerprint()));

/** The upstream of every server; an unchanged entry keeps the one it has. */
export const buildUpstreams = (config: Config, base: Base, previous: Upstreams | undefined): Upstreams => {
  const byName = new Map<string, Upstream>();
  const madeFrom = new Map<string, string>();
  const making = { base, sources: sourcesOf(base.environment, config), maxAnswerBytes: config.listen.maxAnswerBytes };
  for (const [server, entry] of Object.entries(config.servers)) {
    const made = JSON.stringify([entry, config.listen.maxAnswerBytes, secretsOf(server, entry, making.sources)]);
    const kept = previous?.madeFrom.get(server) === made ? previous.byName.get(server) : undefined;
    byName.set(server, kept ?? buildUpstream(server, entry, making));
    madeFrom.set(server, made);
  }
  return { byName, madeFrom };
};
