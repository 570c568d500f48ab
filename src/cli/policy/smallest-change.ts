import { stringify } from 'yaml';
import type { AuditEvent } from '../../model/audit-event.ts';
import { permissionFor } from '../../model/permission/permission.ts';
import type { Decision, Facts, RuleText, What } from '../../model/policy.ts';
import { decideAgain, factsOfRecord, judgeBy, type Judge } from './past-call.ts';
import type { PolicySource } from './read-policy.ts';

/** What to do so that the call would be allowed, and nothing more than needed. */
export interface Change {
  /** What it is, in words. */
  readonly what: string;
  /** Lines to add to the configuration, or a command to type. */
  readonly lines: string;
  readonly kind: 'yaml' | 'command';
}

const whatOf = ({ server, primitive }: Facts): What => ({ server: [server], ...(primitive === undefined ? {} : { [primitive.kind]: [primitive.name] }) });

const unstarred = (text: string): boolean => !text.includes('*');

/** A rule that lets just this credential do just this. */
const ruleFor = (facts: Facts, rules: readonly RuleText[]): RuleText => {
  const { principal, server, primitive } = facts;
  const wanted = `let ${principal.subject} use ${primitive === undefined ? server : primitive.name}`.slice(0, 70);
  const taken = rules.filter(({ name }) => name.startsWith(wanted)).length;
  return { name: taken === 0 ? wanted : `${wanted} ${String(taken + 1)}`, effect: 'allow', who: principal.method === 'mtls' ? { certificate: [principal.subject] } : { key: [principal.credentialId] }, what: whatOf(facts), when: {} };
};

/** One value instead of a list of one, and no empty sections: as a person would write it. */
const written = ({ name, effect, who, what, when }: RuleText): object => {
  const short = (section: object): object => Object.fromEntries(Object.entries(section).flatMap(([key, value]) => (value === undefined ? [] : [[key, Array.isArray(value) && value.length === 1 ? value[0] : value]])));
  const sections = { who: short(who), what: short(what), when };
  return { name, effect, ...Object.fromEntries(Object.entries(sections).filter(([, section]) => Object.keys(section).length > 0)) };
};

const yamlOf = (rules: readonly RuleText[]): string => stringify({ rules: rules.map(written) }, { lineWidth: 0, flowCollectionPadding: true }).trimEnd();

/** For a shell: what a caller chose must not become a command. */
const inQuotes = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** One word for a shell. */
export const quoted = (text: string): string => (/^[\w@.,:/+-]+$/.test(text) ? text : inQuotes(text));

interface Case {
  readonly event: AuditEvent;
  readonly judge: Judge;
  readonly source: PolicySource;
  readonly own: readonly string[];
}

/** Tried before it is suggested: the same call under the changed rules. */
const allows = ({ event, judge, source, own }: Case, rules: readonly RuleText[]): boolean => {
  const changed = judgeBy({ ...judge.text, rules }, source);
  const facts = factsOfRecord(event, changed, own);
  return facts !== undefined && decideAgain(changed, facts).effect === 'allow';
};

/** A key that a command can change; others stand in MCP_API_KEYS. */
const STORED_KEY = /^key_[0-9a-f]+$/;

/** A permission more for the key, when that is enough and can be written: what a caller asked for may hold a space. */
const widened = (facts: Facts, asked: Case): Change | undefined => {
  const needed = permissionFor(facts.server, facts.primitive);
  const { credentialId } = facts.principal;
  if (!STORED_KEY.test(credentialId) || /\s/.test(needed) || !allows({ ...asked, own: [...asked.own, needed] }, asked.judge.text.rules)) return undefined;
  return { kind: 'command', what: 'this permission for the key', lines: `sallyport keys allow ${credentialId} ${inQuotes(needed)}` };
};

/** The owner raised, where only the owner stands in the way of what the key has. */
const ownerRaised = (facts: Facts, asked: Case): Change | undefined => {
  const needed = permissionFor(facts.server, facts.primitive);
  const { subject } = facts.principal;
  const owner = Object.hasOwn(asked.source.people, subject) ? asked.source.people[subject] : undefined;
  if (owner === undefined || /\s/.test(needed)) return undefined;
  const permissions = [...(owner.permissions ?? []), needed];
  const people = { ...asked.source.people, [subject]: { ...owner, permissions } };
  if (!allows({ ...asked, source: { ...asked.source, people } }, asked.judge.text.rules)) return undefined;
  return { kind: 'yaml', what: `this permission for the owner of the key, who bounds it, under people of ${asked.source.file ?? 'the configuration'}`, lines: stringify({ people: { [subject]: { permissions } } }, { lineWidth: 0 }).trimEnd() };
};

const newKeyFor = (facts: Facts, own: readonly string[]): Change => {
  const flags = [...new Set([...own, permissionFor(facts.server, facts.primitive)])].map((text) => `--allow ${inQuotes(text)}`);
  const roles = facts.principal.roles.map((role) => `--role ${role}`);
  return { kind: 'command', what: 'a key with this permission besides', lines: ['sallyport keys create', `--owner ${quoted(facts.principal.subject)}`, `--name ${quoted(facts.principal.name)}`, ...flags, ...roles].join(' ') };
};

/** The rule that denies, narrowed so that it leaves this credential alone. */
const exempted = (rule: RuleText, credential: string): RuleText => {
  const before = rule.when['expr'];
  const exception = `principal.id != "${credential}"`;
  return { ...rule, when: { ...rule.when, expr: typeof before === 'string' ? `(${before}) && ${exception}` : exception } };
};

const name = (decision: Decision): string => ('rule' in decision ? decision.rule.replace(/^rule /, '') : '');

/** Changes a rule that stands in the way. */
const mendDenial = (decision: Decision, facts: Facts, asked: Case): Change | undefined => {
  // An address with a star in it would be read as a glob, and allow more.
  if (!unstarred(facts.primitive?.name ?? '')) return undefined;
  const { rules } = asked.judge.text;
  const index = rules.findIndex((rule) => rule.name === name(decision) && rule.effect === 'deny');
  const rule = rules[index];
  if (rule === undefined) return undefined;
  const changed = exempted(rule, facts.principal.credentialId);
  const besides = ruleFor(facts, rules);
  const what = `the rule "${rule.name}", leaving this credential alone; in place of what it says now`;
  if (allows(asked, rules.with(index, changed))) return { kind: 'yaml', what, lines: yamlOf([changed]) };
  if (allows(asked, [...rules.with(index, changed), besides])) return { kind: 'yaml', what: `${what}, and a rule that allows`, lines: yamlOf([changed, besides]) };
  return undefined;
};

/** Adds what is missing. */
const addMissing = (facts: Facts, asked: Case): Change | undefined => {
  // An address with a star in it would be read as a glob, and allow more.
  if (!unstarred(facts.primitive?.name ?? '')) return undefined;
  const more = widened(facts, asked) ?? ownerRaised(facts, asked);
  if (more !== undefined) return more;
  const { rules } = asked.judge.text;
  const rule = ruleFor(facts, rules);
  if (!allows(asked, [...rules, rule])) return undefined;
  if (asked.source.file === undefined) return newKeyFor(facts, asked.own);
  return { kind: 'yaml', what: `a rule that lets this credential do just this, under rules of ${asked.source.file}`, lines: yamlOf([rule]) };
};

/**
 * The smallest change that would allow a denied call, tried out before it is named.
 * @returns undefined when no single change would
 */
export const smallestChange = (decision: Decision, facts: Facts, asked: Case): Change | undefined => {
  if (decision.effect === 'allow') return undefined;
  const denies = decision.effect === 'deny' && (decision.because === 'rule' || decision.because === 'error');
  return (denies ? mendDenial(decision, facts, asked) : undefined) ?? addMissing(facts, asked);
};
