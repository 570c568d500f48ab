import { z } from 'zod';
import type { ConditionKind } from './condition.ts';

/** The environment of the server. */
export const environment: ConditionKind<'environment', 'live' | 'test'> = {
  name: 'environment',
  options: z.enum(['live', 'test']),
  build: (asked) => ({ holds: (facts) => facts.environment === asked, why: (facts) => `environment: ${asked}; the server is ${facts.environment}` }),
};
