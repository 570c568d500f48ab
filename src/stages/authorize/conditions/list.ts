import { z } from 'zod';
import { annotation } from './annotation.ts';
import { argumentsAre } from './arguments.ts';
import type { Condition } from './condition.ts';
import { environment } from './environment.ts';
import { expression } from './expression.ts';
import { hours } from './hours.ts';
import { networks } from './networks.ts';

/** The options of every condition by its name: what `when` of a rule may say. */
export const whenSchema = z.strictObject({
  hours: hours.options.optional().describe('Hours of the week in a time zone.'),
  networks: networks.options.optional().describe('Addresses and CIDR ranges of callers.'),
  arguments: argumentsAre.options.optional().describe('What arguments of the call must be, by name or path: `equals`, `notEquals`, `in` or `absent`.'),
  annotation: annotation.options.optional().describe('What the server claims of the tool: read-only, write or destructive.'),
  environment: environment.options.optional().describe('The environment of the server.'),
  expr: expression.options.optional().describe('A CEL expression over principal, call, server, request and now.'),
});

type When = z.output<typeof whenSchema>;

/** Every condition, cheap ones first: the first that does not hold ends the asking. */
const BUILDERS: readonly ((when: When) => Condition | undefined)[] = [
  (when) => (when.environment === undefined ? undefined : environment.build(when.environment)),
  (when) => (when.annotation === undefined ? undefined : annotation.build(when.annotation)),
  (when) => (when.networks === undefined ? undefined : networks.build(when.networks)),
  (when) => (when.hours === undefined ? undefined : hours.build(when.hours)),
  (when) => (when.arguments === undefined ? undefined : argumentsAre.build(when.arguments)),
  (when) => (when.expr === undefined ? undefined : expression.build(when.expr)),
];

/**
 * Compiles what a rule says under `when`.
 * @param when already normalised by `whenSchema`
 */
export const buildConditions = (when: When): readonly Condition[] => BUILDERS.flatMap((build) => build(when) ?? []);
