import { asGatewayError, GatewayError } from '../../errors/gateway-error.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import { toolOf } from '../../model/call.ts';
import { Detour, StreamEnd, widen, type Inbound, type Reply } from '../../model/exchange.ts';
import { loggedAs, type Tracing } from '../../model/trace-context.ts';
import type { Milestone, Trail, Walked } from '../../ports/trail.ts';
import type { AuditSink } from '../../ports/audit-sink.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import type { World } from '../../ports/world.ts';
import type { MaskingFor } from './masking.ts';
import { describe, describeRefusal, isDryRun, type Outcome } from './describe.ts';

export interface TrailNeeds extends Pick<World, 'clock' | 'log'> {
  readonly sink: AuditSink;
  readonly catalog: ToolCatalog;
  /** Turns what was thrown into a reply (stages/refuse). */
  readonly render: (error: GatewayError, walked: Walked) => Reply;
  /** Told of every closed record: the live line in the terminal, the metrics. */
  readonly observe: (event: AuditEvent) => void;
  /** The version of the rules that decide meanwhile (Q07). */
  readonly policy: string;
  readonly maskingFor?: MaskingFor;
  readonly tracing?: Tracing;
}

const unwritten = (cause: unknown): GatewayError => new GatewayError('audit.unavailable', { reason: 'the audit record could not be written', cause });

/** Milliseconds to the microsecond; undefined for a time that never came. */
const rounded = (ms: number): number | undefined => (Number.isNaN(ms) ? undefined : Math.round(ms * 1000) / 1000);

class ExchangeTrail implements Trail {
  readonly #needs: TrailNeeds;
  #walked: Walked;
  /** Monotonic times of the milestones; NaN until they are reached. */
  #callerMs = Number.NaN;
  #decisionMs = Number.NaN;
  #answerMs = Number.NaN;

  constructor(inbound: Inbound, needs: TrailNeeds) {
    this.#walked = inbound;
    this.#needs = needs;
  }

  saw<Step extends Inbound>(step: Step): Step {
    this.#walked = step;
    return step;
  }

  reached(milestone: Milestone): void {
    const nowMs = this.#needs.clock.monotonicMs();
    if (milestone === 'caller') this.#callerMs = nowMs;
    else if (milestone === 'decision') this.#decisionMs = nowMs;
    else this.#answerMs = nowMs;
  }

  intend(): Promise<void> | undefined {
    if (!this.#writes()) return undefined;
    const intent = describe(this.#walked, this.#needs, { type: 'intent', decision: 'allow' });
    widen(this.#walked, { intent });
    return this.#needs.sink.write(intent).catch((cause: unknown) => {
      throw unwritten(cause);
    });
  }

  /** Unknown tools are writes, and so is every operation that is not a GET or only tried out. */
  #writes(): boolean {
    const { call, route, method } = this.#walked;
    if (call === undefined || route === undefined) return false;
    if (route.kind === 'admin') return method !== 'GET' && !isDryRun(call);
    const tool = toolOf(call);
    return tool !== undefined && !this.#needs.catalog.isReadOnly(route.server, tool);
  }

  async close(reply: Reply): Promise<Reply> {
    if (reply.kind === 'stream') return { ...this.#stamped(reply), stream: this.#closing(reply.stream, reply.status) };
    const failure = await this.#record({ decision: 'allow', status: reply.status });
    return failure === undefined ? this.#stamped(reply) : this.#stamped(this.#needs.render(failure, this.#walked));
  }

  async refuse(thrown: unknown): Promise<Reply> {
    if (thrown instanceof Detour) return this.close(thrown.reply);
    const error = asGatewayError(thrown);
    if (error.row.blame !== 'caller') this.#needs.log.error(error.message, { ...loggedAs(this.#walked, this.#needs.tracing), code: error.code, error: error.circumstances.cause });
    const reply = this.#needs.render(error, this.#walked);
    const failure = await this.#record({ ...describeRefusal(error), status: reply.status });
    return this.#stamped(failure === undefined ? reply : this.#needs.render(failure, this.#walked));
  }

  /** The stream's end waits for its record; a reader who leaves closes it too. */
  async *#closing(stream: AsyncIterable<Uint8Array>, status: number): AsyncGenerator<Uint8Array> {
    let ended: string | undefined = 'client-gone';
    try {
      yield* stream;
      ended = undefined;
    } catch (error) {
      if (!this.#walked.hangup.aborted) ended = error instanceof StreamEnd ? error.reason : 'broken';
    } finally {
      await this.#record({ decision: 'allow', status, ...(ended === undefined ? {} : { ended }) });
    }
  }

  /** Writes the one closing record; the error to answer with when it could not be written. */
  async #record(outcome: Omit<Outcome, 'type'>): Promise<GatewayError | undefined> {
    const { clock, sink, observe, log } = this.#needs;
    // The exchange is over, whether or not that can be written down.
    this.#walked.slots?.release();
    const { startMs } = this.#walked;
    const event = describe(this.#walked, this.#needs, {
      type: 'call',
      ...outcome,
      durationMs: rounded(clock.monotonicMs() - startMs),
      authMs: rounded(this.#callerMs - startMs),
      policyMs: rounded(this.#decisionMs - this.#callerMs),
      upstreamMs: rounded(this.#answerMs - this.#decisionMs),
    });
    try {
      await sink.write(event);
      observe(event);
      return undefined;
    } catch (cause) {
      log.error('the audit trail cannot be written', { ...loggedAs(this.#walked, this.#needs.tracing), error: cause });
      return unwritten(cause);
    }
  }

  #stamped<Kind extends Reply>(reply: Kind): Kind {
    return { ...reply, headers: { ...reply.headers, 'X-Request-Id': this.#walked.id } };
  }
}

/** Opens the record of an exchange; it closes once, with the reply, the refusal, or the end of the stream. */
export const buildTrail =
  (needs: TrailNeeds) =>
  (inbound: Inbound): Trail =>
    new ExchangeTrail(inbound, needs);
