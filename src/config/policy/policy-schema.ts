import { z } from 'zod';
import { permissionFault } from '../../model/permission/permission.ts';
import { whenSchema } from '../../stages/authorize/conditions/list.ts';

/** A server's or role's name: it stands in paths and permissions, so nothing that either would have to escape. */
export const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'use lower-case letters, digits, - and _, at most 63 of them');

/** One permission, named or written out. */
export const permission = z.string().superRefine((text, context) => {
  const fault = permissionFault(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

const permissionName = z.string().regex(/^[a-z0-9][a-z0-9_-]*(:[a-z0-9][a-z0-9_.-]*)+$/, 'is not a name for a permission: write words of lower-case letters with : between them, such as read:customers');

/** One, or a list of which any will do. */
const some = (item: z.ZodType<string>) => z.union([item.transform((one): readonly string[] => [one]), z.array(item).min(1)]);

const glob = z.string().min(1).refine((text) => !/\s/.test(text), { message: 'has a space in it' });
const plain = z.string().min(1).max(200);

const who = z.strictObject({
  role: some(name).optional().describe('Roles of the caller.'),
  group: some(plain).optional().describe('Groups of the caller.'),
  person: some(plain).optional().describe('Persons or services: whom the credential acts for.'),
  key: some(plain).optional().describe('Ids of keys.'),
  client: some(plain).optional().describe('OAuth clients, by the verified `client_id` of the token.'),
  certificate: some(plain).optional().describe('What clients are called that come with a certificate and nothing else.'),
}).refine((given) => Object.values(given).some((list) => list !== undefined), { message: 'names nobody: leave who out for a rule about everybody' });

const what = z.strictObject({
  server: some(glob).optional().describe('Servers.'),
  tool: some(glob).optional().describe('Tools.'),
  resource: some(glob).optional().describe('Resources, by address.'),
  prompt: some(glob).optional().describe('Prompts.'),
  permission: some(permission).optional().describe('What these permissions cover, named or written out.'),
});

const rule = z.strictObject({
  name: z.string().trim().min(1).max(80).regex(/^[^\u0000-\u001f\u007f]*$/, 'has control characters in it').describe('What the record and the explanation call it.'),
  effect: z.enum(['allow', 'deny']).describe('What it does when it holds. One that denies wins over all that allow.'),
  who: who.optional().transform((given) => given ?? {}).describe('Whom it is about: any of these; without it everybody.'),
  what: what.optional().transform((given) => given ?? {}).describe('What it is about; without it everything.'),
  when: whenSchema.optional().transform((given) => given ?? {}).describe('Conditions, all of which must hold.'),
});

/** The sections that are the policy, in a configuration and in a file of their own. */
export const policySections = {
  permissions: z.record(permissionName, z.array(permission).min(1)).prefault({}).describe('Names for permissions, such as `read:customers`; a name may stand wherever a permission may.'),
  roles: z.record(name, z.array(permission)).prefault({}).describe('Permissions by role; a key has the permissions of its roles and its own.'),
  rules: z.array(rule).prefault([]).describe('Rules that allow or deny beyond permissions ([rules.md](rules.md)).'),
  owners: z.record(z.string(), plain).prefault({}).describe('Whom to ask for a role or a named permission; `sallyport explain` says it.'),
};

/** A policy in a file of its own: a draft, or one that judges without deciding. */
export const policySchema = z.strictObject({ $schema: z.string().optional(), ...policySections });

export type PolicyFile = z.infer<typeof policySchema>;
