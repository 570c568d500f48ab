import type { AuditEvent } from '../../model/audit-event.ts';
import { upstreamWaitMs } from '../../model/upstream-wait.ts';
import { Histogram } from './histogram.ts';

/** What calls have in common that are counted together. */
export interface CallKind {
  readonly server: string;
  readonly method: string;
  /** Absent where no tool was called. */
  readonly tool?: string;
  readonly decision: AuditEvent['decision'];
  readonly code?: string;
  /** Its result says that the tool failed. */
  readonly toolError?: true;
}

/** Calls of one kind, counted since the start. */
export interface CallCount {
  readonly kind: CallKind;
  calls: number;
  readonly durations: Histogram;
  readonly upstream: Histogram;
}

/** Methods a caller makes up must not make new time series. */
const KNOWN_METHOD = /^(?:http\/[a-z]+|initialize|ping|(?:tools|prompts|resources|tasks|server|completion|logging|subscriptions|notifications|admin)\/[a-zA-Z_/-]{1,40})$/;

/** What stands for everything that is not on a list. */
export const OTHER = 'other';

/** Far more than a configuration has; whoever finds a way to make more of them adds to one that is there. */
const MOST_KINDS = 5_000;

const isSameKind = (one: AuditEvent, other: AuditEvent): boolean =>
  one.server === other.server && one.call === other.call && one.target === other.target && one.decision === other.decision && one.code === other.code && one.toolError === other.toolError;

/** Whether a record is of a kind whose tool, or else whose method, is known to be its own. */
const isOfKind = (kind: CallKind, { server = 'none', call, decision, code, toolError }: AuditEvent): boolean =>
  kind.server === server && kind.method === call && kind.decision === decision && kind.code === code && kind.toolError === toolError;

/**
 * Counts closed records by what is asked of them later. It is on the way of every request, so it finds a place in memory and adds to it; all that is told
 * of it is put together when somebody asks.
 */
export class CallTally {
  readonly #isKnownTool: (server: string, tool: string) => boolean;
  readonly #counts = new Map<string, CallCount>();
  /** Kinds by the tool or the method in their records: to put a text together for each record would cost more than all the rest. */
  readonly #quick = new Map<string, readonly CallCount[]>();
  /** Most records are of the kind of the one before. */
  #last: { readonly event: AuditEvent; readonly count: CallCount } | undefined;

  /** @param isKnownTool whether the server lists a tool of that name */
  constructor(isKnownTool: (server: string, tool: string) => boolean) {
    this.#isKnownTool = isKnownTool;
  }

  get counts(): Iterable<CallCount> {
    return this.#counts.values();
  }

  observe(event: AuditEvent): void {
    if (this.#last === undefined || !isSameKind(this.#last.event, event)) this.#last = { event, count: this.#find(event) };
    const { count } = this.#last;
    count.calls += 1;
    count.durations.observe((event.durationMs ?? 0) / 1000);
    const waitedMs = upstreamWaitMs(event);
    if (waitedMs !== undefined) count.upstream.observe(waitedMs / 1000);
  }

  #find(event: AuditEvent): CallCount {
    const word = event.call === 'tools/call' ? (event.target ?? '') : event.call;
    const known = this.#quick.get(word)?.find((count) => isOfKind(count.kind, event));
    if (known !== undefined) return known;
    const count = this.#place(event);
    // What a caller made up is no word of its kind, and is not remembered.
    if (word === (count.kind.tool ?? count.kind.method) && isOfKind(count.kind, event)) this.#quick.set(word, [...(this.#quick.get(word) ?? []), count]);
    return count;
  }

  #place(event: AuditEvent): CallCount {
    const { server = 'none', decision, code, toolError } = event;
    const method = KNOWN_METHOD.test(event.call) ? event.call : OTHER;
    const tool = this.#toolOf(event);
    const id = `${server}\n${method}\n${tool ?? ''}\n${decision}\n${code ?? ''}\n${toolError === true ? '!' : ''}`;
    const known = this.#counts.get(id);
    if (known !== undefined) return known;
    if (this.#counts.size < MOST_KINDS) return this.#begin(id, { server, method, decision, ...(tool === undefined ? {} : { tool }), ...(code === undefined ? {} : { code }), ...(toolError === undefined ? {} : { toolError }) });
    const rest = `${server}\n${decision}`;
    return this.#counts.get(rest) ?? this.#begin(rest, { server, method: OTHER, decision, ...(code === undefined ? {} : { code: OTHER }) });
  }

  #begin(id: string, kind: CallKind): CallCount {
    const count: CallCount = { kind, calls: 0, durations: new Histogram(), upstream: new Histogram() };
    this.#counts.set(id, count);
    return count;
  }

  #toolOf({ call, server, target }: AuditEvent): string | undefined {
    if (call !== 'tools/call' || server === undefined || target === undefined) return undefined;
    return this.#isKnownTool(server, target) ? target : OTHER;
  }
}
