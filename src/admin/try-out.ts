import { z } from 'zod';
import { Secret } from '../model/secret.ts';
import type { Operation, Operator } from '../ports/operation.ts';
import { shapeOf, type AnyOperation } from './http/http-shape.ts';
import type { AdminNeeds } from './needs.ts';

/** What an operation would have come to. */
export interface TriedOut<Output> {
  readonly dryRun: true;
  readonly would: Output;
}

class TakenBack extends Error {}

/** A secret of a key that was never kept opens nothing, and whoever saw it would think it did. */
const withoutSecrets = <Output>(output: Output): Output =>
  typeof output === 'object' && output !== null ? (Object.fromEntries(Object.entries(output).filter(([, value]) => !(value instanceof Secret))) as Output) : output; // whoever tries out reads no secret

/** Runs an operation on keys as it would be run, and takes all of it back: what it would refuse is refused, and nobody is told of a change. */
const tryOut = <Input, Output>(operation: Operation<string, Input, Output, AdminNeeds>, input: Input, { needs, by }: { readonly needs: AdminNeeds; readonly by: Operator }): TriedOut<Output> => {
  let would: Output | Promise<Output> | undefined;
  try {
    needs.store.transaction(() => {
      would = operation.run(input, needs, by);
      throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  if (would === undefined || would instanceof Promise) throw new TypeError(`${operation.name} cannot be tried out`);
  return { dryRun: true, would: withoutSecrets(would) };
};

/** The same operation, only tried out; its input says so for the record. */
export const triedOut = <Input extends object, Output>(operation: Operation<string, Input, Output, AdminNeeds>): Operation<string, Input & { readonly dryRun: true }, TriedOut<Output>, AdminNeeds> => ({
  name: operation.name, summary: operation.summary, permission: operation.permission,
  input: z.custom<Input & { readonly dryRun: true }>(), // the operation itself reads what it is given
  run: ({ dryRun: _dryRun, ...input }, needs, by) => tryOut(operation, input as unknown as Input, { needs, by }), // the rest is what was asked
});

/** Operations under these change the store and nothing besides. */
const IN_STORE: ReadonlySet<string> = new Set(['admin:keys', 'admin:people', 'admin:clients']);

/** Whether an operation changes something, all of it in the store, so that it can be taken back, and has no dry run of its own. */
const isTriable = (operation: AnyOperation): boolean =>
  IN_STORE.has(operation.permission) && shapeOf(operation).method !== 'GET' && operation.input instanceof z.ZodObject && !('dryRun' in operation.input.shape);

/** An operation that can be tried out by HTTP too: `dryRun: true` in its input. */
export const withDryRun = (operation: AnyOperation): AnyOperation => {
  if (!isTriable(operation) || !(operation.input instanceof z.ZodObject)) return operation;
  const asked = (raw: unknown): Readonly<Record<string, unknown>> => raw as Readonly<Record<string, unknown>>; // read by the schema of an object
  const rest = (raw: unknown): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries(asked(raw)).filter(([name]) => name !== 'dryRun'));
  const { hands, touched } = operation;
  return {
    ...operation,
    input: operation.input.extend({ dryRun: z.boolean().exactOptional() }),
    ...(hands === undefined ? {} : { hands: (raw, needs) => hands(rest(raw), needs) }),
    ...(touched === undefined ? {} : { touched: (output) => (typeof output === 'object' && output !== null && 'would' in output ? [] : touched(output)) }),
    run: (raw, needs, by) => (asked(raw)['dryRun'] === true ? tryOut(operation, rest(raw), { needs, by }) : operation.run(rest(raw), needs, by)),
  };
};
