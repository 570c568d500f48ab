import { z } from 'zod';
import type { Annotation, Facts } from '../../../model/policy.ts';
import type { ConditionKind } from './condition.ts';

/** What is claimed of the tool. Resources and prompts are only ever read; of an unknown tool the worst is believed. */
const claimedOf = ({ primitive, annotation }: Facts): Annotation | 'none' => {
  if (primitive === undefined) return 'none';
  return primitive.kind === 'tool' ? (annotation ?? 'destructive') : 'read-only';
};

/** The server claims this of the tool. A claim is no proof: a server that lies passes, so it belongs to servers that are trusted. */
export const annotation: ConditionKind<'annotation', readonly Annotation[]> = {
  name: 'annotation',
  options: z.union([z.enum(['read-only', 'write', 'destructive']).transform((one): readonly Annotation[] => [one]), z.array(z.enum(['read-only', 'write', 'destructive'])).min(1)]),
  build: (asked) => ({
    // A call about the server as a whole is about no tool: whether one would do is not known.
    holds: (facts) => (facts.primitive === undefined ? 'unknown' : asked.some((one) => one === claimedOf(facts))),
    why: (facts) => `annotation: ${asked.join(' or ')}; the server claims ${claimedOf(facts)}`,
  }),
};
