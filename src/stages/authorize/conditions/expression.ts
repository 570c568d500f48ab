import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { z } from 'zod';
import type { Facts } from '../../../model/policy.ts';
import type { Principal } from '../../../model/principal.ts';
import { isRedacted } from '../../../model/redaction.ts';
import { groupsOf } from './attribute.ts';
import type { ConditionKind } from './condition.ts';
import { readsArguments, readsClaims, readsCall, readsPrincipalAlone, refusedIn } from './expression-tree.ts';

const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 } })
  // What is known of their types is checked when the file is read, and not with every call.
  .registerVariable('principal', 'map<string, dyn>')
  .registerVariable('call', 'map<string, dyn>')
  .registerVariable('server', 'map<string, string>')
  .registerVariable('request', 'map<string, string>')
  .registerVariable('now', 'google.protobuf.Timestamp');

/** The variables of an expression, from the facts. A name that does not apply is absent: reading it is an error, which denies. */
const contextOf = ({ principal, primitive, ...facts }: Facts): Readonly<Record<string, unknown>> => ({
  principal: {
    subject: principal.subject, name: principal.name, id: principal.credentialId, method: principal.method, roles: principal.roles, groups: groupsOf(principal),
    ...(principal.clientId === undefined ? {} : { client: principal.clientId }), ...(principal.issuer === undefined ? {} : { issuer: principal.issuer }), claims: principal.claims ?? {},
  },
  call: {
    ...(primitive === undefined ? {} : { kind: primitive.kind, name: primitive.name }),
    ...(facts.annotation === undefined ? {} : { annotation: facts.annotation }),
    arguments: facts.arguments ?? {},
  },
  server: { name: facts.server, environment: facts.environment },
  request: { address: facts.address },
  now: new Date(facts.nowMs),
});

/** Several rules look at the same facts, one right after the other. */
let last: { readonly facts: Facts; readonly context: Readonly<Record<string, unknown>> } | undefined;

const contextFor = (facts: Facts): Readonly<Record<string, unknown>> => {
  if (last?.facts !== facts) last = { facts, context: contextOf(facts) };
  return last.context;
};

/** What is wrong with an expression; undefined when it can be used. */
const faultOf = (text: string): string | undefined => {
  try {
    const parsed = environment.parse(text);
    const { valid, type, error } = parsed.check();
    if (!valid) return `is not a condition: ${error?.message.split('\n')[0] ?? 'its types do not fit'}`;
    if (type !== 'bool' && type !== 'dyn') return `is a ${type ?? 'value'} and not true or false`;
    return refusedIn(parsed.ast);
  } catch (error) {
    return `is not CEL: ${error instanceof Error ? error.message.split('\n')[0] ?? '' : 'it cannot be read'}`;
  }
};

/** Whether the arguments are not known, or not any more. */
const isUntold = ({ arguments: values, redacted }: Facts): boolean => values === undefined || (redacted === true && isRedacted(values));

/** The trail keeps no claims: of a token or certificate that is read back there it is not known what it said. */
const hasLostClaims = ({ principal, redacted }: Facts): boolean => redacted === true && principal.method !== 'api-key' && principal.claims === undefined;

const evaluate = (parsed: ParseResult, facts: Facts): boolean => {
  const value: unknown = parsed(contextFor(facts));
  if (typeof value !== 'boolean') throw new Error('the expression came to something that is neither true nor false');
  return value;
};

/** Asks once for each question: several rules may have the same condition, and are judged one right after the other. What throws is asked again. */
const onceForFacts = (parsed: ParseResult): ((facts: Facts) => boolean) => {
  let [about, answer]: [Facts | undefined, boolean] = [undefined, false];
  return (facts) => {
    if (about === facts) return answer;
    answer = evaluate(parsed, facts);
    about = facts;
    return answer;
  };
};

/** Asks once for each caller, who is one frozen object while nothing of them changes; what throws is asked again. */
const onceForEach = (parsed: ParseResult): ((facts: Facts) => boolean) => {
  const known = new WeakMap<Principal, boolean>();
  return (facts) => {
    const found = known.get(facts.principal);
    if (found !== undefined) return found;
    const made = evaluate(parsed, facts);
    known.set(facts.principal, made);
    return made;
  };
};

interface Compiled {
  readonly isOpen: (facts: Facts) => boolean;
  readonly ask: (facts: Facts) => boolean;
}

const compile = (text: string): Compiled => {
  const parsed = environment.parse(text);
  const [needsCall, needsArguments, needsClaims] = [readsCall(parsed.ast), readsArguments(parsed.ast), readsClaims(parsed.ast)];
  return {
    isOpen: (facts) => (needsCall && facts.primitive === undefined) || (needsArguments && isUntold(facts)) || (needsClaims && hasLostClaims(facts)),
    ask: readsPrincipalAlone(parsed.ast) ? onceForEach(parsed) : onceForFacts(parsed),
  };
};

/** Expressions by their text, as long as any rule has them: the same condition of several rules is one. */
const compiled = new Map<string, WeakRef<Compiled>>();

const compiledOnce = (text: string): Compiled => {
  const known = compiled.get(text)?.deref();
  if (known !== undefined) return known;
  for (const [old, reference] of compiled) if (reference.deref() === undefined) compiled.delete(old);
  const made = compile(text);
  compiled.set(text, new WeakRef(made));
  return made;
};

/** A CEL expression over `principal`, `call`, `server`, `request` and `now` ([decision 13](docs/decisions/0013-cel.md)). */
export const expression: ConditionKind<'expr', string> = {
  name: 'expr',
  options: z.string().superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  }),
  build(text) {
    const { isOpen, ask } = compiledOnce(text);
    return { holds: (facts) => (isOpen(facts) ? 'unknown' : ask(facts)), why: () => `expr: ${text}` };
  },
};
