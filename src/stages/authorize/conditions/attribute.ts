import type { Principal } from '../../../model/principal.ts';

/** The groups of a caller: those of the configuration's people, and the one display group of a configured key. */
export const groupsOf = ({ group, groups }: Principal): readonly string[] => (group === undefined || groups.includes(group) ? groups : [...groups, group]);

/** What a rule may compare with, by how it is written: each is proven by the credential, none is the caller's own word. */
export const ATTRIBUTES: ReadonlyMap<string, (principal: Principal) => readonly string[]> = new Map<string, (principal: Principal) => readonly string[]>([
  ['principal.subject', ({ subject }) => [subject]],
  ['principal.group', groupsOf],
  ['principal.groups', groupsOf],
  ['principal.roles', ({ roles }) => roles],
  ['principal.client', ({ clientId }) => (clientId === undefined ? [] : [clientId])],
  ['principal.issuer', ({ issuer }) => (issuer === undefined ? [] : [issuer])],
]);

/** Whether a text stands for an attribute of the caller and not for itself. */
export const isReference = (text: string): boolean => text.startsWith('principal.');

/** The values of an attribute; none when the caller has none. */
export const attributeOf = (reference: string, principal: Principal): readonly string[] => ATTRIBUTES.get(reference)?.(principal) ?? [];
