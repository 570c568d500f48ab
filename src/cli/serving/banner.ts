import { counted } from '../../model/counted.ts';
import type { UpstreamFacts } from '../../ports/upstream.ts';
import type { Secret } from '../../model/secret.ts';
import { printable } from '../../model/redaction.ts';
import type { painter } from '../terminal.ts';

export interface BannerKey {
  readonly owner: string;
  readonly permissions: readonly string[];
  readonly days: number;
  /** Present only when it was made just now. */
  readonly secret?: Secret;
}

export interface BannerInput {
  readonly upstreams: readonly { readonly name: string; readonly facts: UpstreamFacts | undefined; readonly reason?: string }[];
  /** `http://127.0.0.1:3210/mcp`, one for each server at each listener, and what is asked for there. */
  readonly urls: readonly { readonly name: string; readonly url: string; readonly takes: string; readonly reach: 'this machine only' | 'other machines too' }[];
  readonly key: BannerKey | undefined;
  readonly header: string;
}

const count = (facts: UpstreamFacts): string => {
  const reads = facts.tools.filter((tool) => tool.readOnly).length;
  return `${counted(facts.tools.length, 'tool')} (${String(reads)} read, ${String(facts.tools.length - reads)} write)`;
};

const upstreamText = ({ name, facts, reason }: BannerInput['upstreams'][number]): string =>
  facts === undefined ? `${name} · not reachable yet: ${printable(reason ?? 'unknown')}` : `${name} · ${printable(facts.title)} · ${facts.transport} · MCP ${facts.protocolVersion} · ${count(facts)}`;

const keyLines = (input: BannerInput): readonly (readonly [string, string])[] => {
  const { key, header, urls } = input;
  const [first] = urls;
  if (key === undefined || first === undefined) return [];
  const secret = key.secret?.reveal();
  const shown = secret ?? '$SALLYPORT_KEY';
  const scope = `owner ${key.owner} · ${key.permissions.join(' ')} · ${counted(key.days, 'day')}`;
  return [
    ['key', secret === undefined ? `${scope}   made earlier; "sallyport keys create" makes another` : `${secret}   ${scope}   shown once`],
    ['try', `curl -s ${first.url}/status -H '${header}: ${shown}'`],
    ['connect', `claude mcp add --transport http ${first.name} ${first.url} --header "${header}: ${shown}"`],
  ];
};

/** What a person sees when the gateway has started. */
export const banner = (input: BannerInput, paint: ReturnType<typeof painter>): string => {
  const lines: readonly (readonly [string, string])[] = [
    ...input.upstreams.map((upstream) => ['upstream', upstreamText(upstream)] as const),
    ...input.urls.map(({ url, takes, reach }) => ['listening', `${url}   ${takes} required · ${reach}`] as const),
    ...keyLines(input),
  ];
  return lines.map(([label, text]) => `  ${paint('dim', label.padEnd(10))} ${text}\n`).join('');
};
