import type { AuditEvent } from '../../model/audit-event.ts';
import { nearest } from '../../model/did-you-mean.ts';
import { durationMs } from '../../model/duration.ts';
import { compileGlob } from '../../model/permission/permission.ts';
import { sentenceOf } from '../../model/sentence.ts';
import { CHOICES, isField, isTime, NAMES, textsUnder, type FieldName, type TimeName } from './filter-fields.ts';
import { FilterFault, termsIn, type Term, type Value } from './filter-text.ts';

/** Which records are looked for. */
export interface Filter {
  readonly text: string;
  /** Requests that came in at this time or later; absent: from the beginning. */
  readonly sinceMs?: number;
  /** Requests that came in before it. */
  readonly untilMs?: number;
  matches(event: AuditEvent): boolean;
}

type Test = (event: AuditEvent) => boolean;

/** `*` stands for any run of characters, unless it was written between quotation marks; letter case is nothing. */
const comparing = ({ text, quoted }: Value): ((found: string) => boolean) => {
  const wanted = text.toLowerCase();
  return quoted || !wanted.includes('*') ? (found) => found === wanted : compileGlob(wanted);
};

const checkChoice = (field: FieldName, { text, quoted, column }: Value): void => {
  const choices = CHOICES[field];
  if (choices === undefined || choices.includes(text.toLowerCase()) || (!quoted && text.includes('*'))) return;
  // "denied" and "allowed" are what people say.
  const meant = choices.find((choice) => choice.slice(0, 3) === text.slice(0, 3).toLowerCase()) ?? nearest(text, choices);
  throw new FilterFault(column, `${field}: is ${choices.join(', ')}${meant === undefined ? '' : `; did you mean ${field}:${meant}?`}`);
};

const fieldTest = (field: FieldName, values: readonly Value[]): Test => {
  for (const value of values) checkChoice(field, value);
  const wanted = values.map(comparing);
  return (event) => textsUnder(field, event).some((text) => wanted.some((fits) => fits(text)));
};

/** A word may stand anywhere in what a person would read of the record. */
const wordTest = ({ text, quoted }: Value): Test => {
  const wanted = text.toLowerCase();
  const fits = quoted || !wanted.includes('*') ? (found: string) => found.includes(wanted) : compileGlob(`*${wanted}*`);
  return (event) => fits(`${sentenceOf(event)} ${event.rule ?? ''} ${event.code ?? ''} ${event.reason ?? ''} ${event.id}`.toLowerCase());
};

const unknownField = ({ name, column }: NonNullable<Term['field']>): FilterFault => {
  const meant = nearest(name, NAMES);
  return new FilterFault(column, `there is no "${name}:"${meant === undefined ? `; there is ${NAMES.map((one) => `${one}:`).join(' ')}, and a word with a colon in it goes between quotation marks` : `; did you mean "${meant}:"?`}`);
};

const testOf = ({ field, values }: Term): Test => {
  const [first] = values;
  if (field !== undefined && isField(field.name)) return fieldTest(field.name, values);
  if (field !== undefined || first === undefined) throw unknownField(field ?? { name: '', column: 1 });
  return wordTest(first);
};

/** A moment: so long ago, or a date with or without its time. */
const momentOf = (name: TimeName, { text, column }: Value, nowMs: number): number => {
  const ago = durationMs(text);
  const atMs = ago === undefined ? Date.parse(text) : nowMs - ago;
  if (Number.isNaN(atMs) || (ago === undefined && !/^\d{4}-\d{2}-\d{2}/.test(text))) throw new FilterFault(column, `${name}: takes so long ago, such as 7d, 12h or 30m, or a date, such as 2026-10-01 or 2026-10-01T08:00Z`);
  return atMs;
};

/** `since` and `until` bound the whole: each comes once, with one value, and is never negated. */
const timesIn = (terms: readonly Term[], nowMs: number): Partial<Record<TimeName, number>> => {
  const times: Partial<Record<TimeName, number>> = {};
  for (const { field, values, negated } of terms) {
    const [value] = values;
    if (field === undefined || value === undefined || !isTime(field.name)) continue;
    if (negated) throw new FilterFault(field.column, `${field.name}: cannot be turned round by a -; write ${field.name === 'since' ? 'until' : 'since'}: instead`);
    if (values.length > 1 || times[field.name] !== undefined) throw new FilterFault(field.column, `${field.name}: comes once, with one time`);
    times[field.name] = momentOf(field.name, value, nowMs);
  }
  return times;
};

/**
 * Reads a filter such as `who:alice* server:crm,wiki -decision:allow since:7d "delete customer"`: all of its terms must hold, and of the
 * values of one term any.
 * @throws FilterFault that says where it cannot be read, and what was probably meant
 */
export const readFilter = (text: string, nowMs: number): Filter => {
  const terms = termsIn(text);
  const { since, until } = timesIn(terms, nowMs);
  const tests = terms.filter(({ field }) => field === undefined || !isTime(field.name)).map((term) => ({ holds: testOf(term), negated: term.negated }));
  return {
    text,
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(until === undefined ? {} : { untilMs: until }),
    matches(event) {
      const atMs = since === undefined && until === undefined ? 0 : Date.parse(event.at);
      if (since !== undefined && atMs < since) return false;
      if (until !== undefined && atMs >= until) return false;
      return tests.every(({ holds, negated }) => holds(event) !== negated);
    },
  };
};
