import { z } from 'zod';
import { JSON_VALUE } from '../json-value.ts';

/** None, one or several. */
const several = z.union([z.string().transform((one): readonly string[] => [one]), z.array(z.string())]).optional().transform((given): readonly string[] => given ?? []);

const who = z.strictObject({
  person: z.string().min(1).prefault('somebody').describe('Whom the credential acts for.'),
  role: several.describe('Roles.'),
  group: several.describe('Groups.'),
  key: z.string().prefault('key_test').describe('Id of the key.'),
  permission: several.describe('Permissions of the key itself, or scopes of the token.'),
  client: z.string().min(1).optional().describe('The client of an access token; then it is one.'),
  issuer: z.string().min(1).optional().describe('Its issuer, by its name in the configuration.'),
  claims: z.record(z.string(), JSON_VALUE).optional().describe('Claims of it that rules look at.'),
  address: z.string().prefault('127.0.0.1').describe('Where the call comes from.'),
});

const what = z.strictObject({
  server: z.string().min(1),
  tool: z.string().optional(),
  resource: z.string().optional(),
  prompt: z.string().optional(),
}).refine(({ tool, resource, prompt }) => [tool, resource, prompt].filter((one) => one !== undefined).length <= 1, { message: 'names more than one of tool, resource and prompt' });

const policyCase = z.strictObject({
  name: z.string().min(1),
  who: who.prefault({}),
  what,
  arguments: z.record(z.string(), JSON_VALUE).prefault({}),
  annotation: z.enum(['read-only', 'write', 'destructive']).optional(),
  environment: z.enum(['live', 'test']).prefault('live'),
  at: z.iso.datetime({ offset: true, error: 'is not a time: write it as "2026-07-28T10:00:00Z", in quotes' }).optional(),
  expect: z.enum(['allow', 'deny']),
  rule: z.string().optional().describe('What must have decided: the name of a rule.'),
});

/** The cases beside a policy: what it must allow and deny. */
export const casesSchema = z.strictObject({ cases: z.array(policyCase).min(1, 'names no case') });

export type PolicyCase = z.infer<typeof policyCase>;
