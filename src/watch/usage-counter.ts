import { createHash } from 'node:crypto';
import type { AuditEvent } from '../model/audit-event.ts';
import { isJsonObject } from '../model/json.ts';
import type { AuthMethod } from '../model/principal.ts';

/** Bounds between two looks; whatever is past them is counted and not told apart. */
const MOST_HOLDERS = 5_000;
const MOST_TOOLS = 64;
const MOST_NETWORKS = 32;
const MOST_SHAPES = 64;
const MOST_NAMES = 32;

export const OTHERS = 'others';

/** What one tool was called for since the last look. */
interface ToolCount {
  calls: number;
  /** Digests of the names of arguments: what callers call them is nobody's to keep. */
  readonly names: Map<string, string>;
  readonly shapes: Set<string>;
}

/** What one holder of credentials did since the last look. */
export interface Sample {
  /** Who and by which credential's name: a rotated key keeps its name, and with it what is usual. */
  readonly holder: string;
  readonly who: string;
  readonly name: string;
  readonly method: AuthMethod | undefined;
  /** The credential last seen. */
  credential: string;
  readonly networks: Set<string>;
  readonly tools: Map<string, ToolCount>;
  calls: number;
}

/** The /24 or /64 of an address; what is no address is its own. */
export const networkOf = (address: string): string => {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (!plain.includes(':')) return plain.includes('.') ? `${plain.slice(0, plain.lastIndexOf('.'))}.0/24` : plain.slice(0, 64);
  const [head = '', tail] = plain.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const gap = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...(tail === undefined || tail === '' ? [] : tail.split(':'))];
  return `${all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
};

const digestOf = (name: string): string => createHash('sha256').update(name).digest('base64url').slice(0, 8);

/** Calls that do something are told apart by their tool; an address of a resource or the name of a prompt is anybody's to make up. */
const toolOf = ({ call, server, target }: AuditEvent): string | undefined => {
  if (server === undefined) return undefined;
  if (call === 'tools/call' && target !== undefined) return `${server}:${target}`;
  return call === 'resources/read' || call === 'prompts/get' || call.startsWith('admin/') ? `${server}:${call}` : undefined;
};

/** Counts who does what, in memory; no request waits for more than that. A look takes what was counted. */
export class UsageCounter {
  #samples = new Map<string, Sample>();
  #last: Sample | undefined;
  #lastAddress = '';

  /** Takes a closed record. What was refused has used nothing. */
  observe(event: AuditEvent): void {
    const { who, name = '' } = event;
    if (who === undefined || event.decision !== 'allow') return;
    const sample = this.#last?.who === who && this.#last.name === name ? this.#last : this.#sampleOf(event, who, name);
    if (sample === undefined) return;
    sample.credential = event.credential ?? '';
    if (this.#lastAddress !== event.address || sample !== this.#last) {
      if (sample.networks.size < MOST_NETWORKS) sample.networks.add(networkOf(event.address));
      this.#lastAddress = event.address;
    }
    this.#last = sample;
    sample.calls += 1;
    const tool = toolOf(event);
    if (tool !== undefined) this.#count(sample, tool, event);
  }

  /** Takes what was counted since the last time. */
  take(): readonly Sample[] {
    const taken = [...this.#samples.values()];
    this.#samples = new Map();
    this.#last = undefined;
    return taken;
  }

  #sampleOf({ credential = '', method }: AuditEvent, who: string, name: string): Sample | undefined {
    const holder = `${who}\n${name}`;
    const known = this.#samples.get(holder);
    if (known !== undefined) return known;
    if (this.#samples.size >= MOST_HOLDERS) return undefined;
    const sample: Sample = { holder, who, name, method: method as AuthMethod | undefined, credential, networks: new Set(), tools: new Map(), calls: 0 };
    this.#samples.set(holder, sample);
    return sample;
  }

  #count(sample: Sample, name: string, event: AuditEvent): void {
    let tool = sample.tools.get(name);
    if (tool === undefined) {
      if (sample.tools.size >= MOST_TOOLS && name !== OTHERS) return this.#count(sample, OTHERS, event);
      tool = { calls: 0, names: new Map(), shapes: new Set() };
      sample.tools.set(name, tool);
    }
    tool.calls += 1;
    if (event.call === 'tools/call' && isJsonObject(event.arguments)) noteShape(tool, Object.keys(event.arguments));
  }
}

/** The usual shape is known by its text; names are looked at once for each shape. */
const noteShape = ({ names, shapes }: ToolCount, members: readonly string[]): void => {
  const shape = members.join('\n');
  if (shapes.has(shape) || shapes.size >= MOST_SHAPES) return;
  shapes.add(shape);
  for (const member of members.slice(0, MOST_NAMES)) if (names.size < MOST_NAMES) names.set(digestOf(member), member.slice(0, 64));
};
