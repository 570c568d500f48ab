import { GatewayError } from '../errors/gateway-error.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../model/audit-event.ts';
import { RECORD_BOUNDS, redactJson, redactStart } from '../model/redaction.ts';
import type { AuditSink } from '../ports/audit-sink.ts';
import type { Operation, Operator } from '../ports/operation.ts';
import type { World } from '../ports/world.ts';
import type { AnyOperation } from './http/http-shape.ts';
import { codeOf, OperationRefused, type AdminNeeds } from './needs.ts';
import { aboutOf, callFor, changedBy, givenOf, isDryRun } from './record-words.ts';

/** Where and by whom operations are run at the terminal. */
export interface Desk {
  readonly needs: AdminNeeds;
  readonly by: Operator;
  readonly trail: Pick<AuditSink, 'write'>;
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly nextId: () => string;
}

type Outcome = Pick<AuditEvent, 'type' | 'decision'> & Partial<AuditEvent>;

type Input = Readonly<Record<string, unknown>>;

/** What every record of an operation says; nobody is proven at the terminal but by the operating system. */
const describer = (operation: Pick<AnyOperation, 'name'>, input: Input, { by, world, nextId }: Omit<Desk, 'needs'>): ((outcome: Outcome) => AuditEvent) => {
  const [id, at, about, given] = [nextId(), new Date(world.clock.nowMs()).toISOString(), aboutOf(input), givenOf(input)];
  return ({ type, decision, ...outcome }) => ({
    v: AUDIT_SCHEMA, id, type, at, who: by.name, method: 'terminal', address: 'terminal', server: 'admin', call: callFor(operation),
    ...(about === undefined ? {} : { target: redactStart(about, 256) }),
    ...(given === undefined ? {} : { arguments: redactJson(given, RECORD_BOUNDS) }),
    ...(isDryRun(input) ? { dryRun: true } : {}),
    decision, ...outcome,
  });
};

/**
 * Writes down that somebody at the terminal looks, and for what, as one record before anything is shown: what cannot be written down is not shown.
 * @throws what the trail threw
 */
export const recordLook = async (operation: Pick<AnyOperation, 'name'>, input: Input, desk: Omit<Desk, 'needs'>): Promise<void> => desk.trail.write(describer(operation, input, desk)({ type: 'call', decision: 'allow' }));

/** A refusal is the doing of whoever asked, all else is a failure. */
const outcomeOf = (error: unknown): Pick<AuditEvent, 'decision' | 'code' | 'reason'> => {
  const reason = redactStart(error instanceof Error ? error.message : 'an unknown failure', 512);
  if (error instanceof OperationRefused) return { decision: 'deny', code: codeOf(error), reason };
  return { decision: 'error', code: error instanceof GatewayError ? error.code : 'house.fault', reason };
};

/**
 * Runs an operation that changes something, as somebody at the terminal. What is going to be done is on record before it is done, and when
 * that cannot be written nothing is done; what came of it is written after, as one closing record.
 */
export const runRecorded = async <Given extends object, Output>(operation: Operation<string, Given, Output, AdminNeeds>, input: Given, desk: Desk): Promise<Output> => {
  const { needs, by, trail, world } = desk;
  const describe = describer(operation, input as Input, desk); // only own members that a record may say are read
  const startMs = world.clock.monotonicMs();
  if (!isDryRun(input as Input)) await trail.write(describe({ type: 'intent', decision: 'allow' }));
  const close = async (outcome: Omit<Outcome, 'type'>): Promise<void> => {
    const durationMs = Math.round((world.clock.monotonicMs() - startMs) * 1000) / 1000;
    await trail.write(describe({ type: 'call', ...outcome, durationMs })).catch((error: unknown) => world.log.error('what came of it could not be written to the audit trail; that it was begun is', { error }));
  };
  try {
    const output = await operation.run(input, needs, by);
    const changed = changedBy(operation, output);
    await close({ decision: 'allow', ...(changed === undefined ? {} : { changed }) });
    return output;
  } catch (error) {
    await close(outcomeOf(error));
    throw error;
  }
};
