import type { ErrorRow } from '../../src/errors/catalogue.ts';
import { sectionsOf, type Section } from './markdown.ts';

type Catalogue = Readonly<Record<string, ErrorRow>>;

/** What every entry says, in this order. */
const PARTS = ['Symptom', 'Cause', 'Check', 'Fix'] as const;

/** The first line of an entry: what the caller is answered with. */
const answerOf = ({ status, title, jsonRpc }: ErrorRow): string => `\`${String(status)}\` · ${jsonRpc === undefined ? '' : `JSON-RPC \`${String(jsonRpc)}\` · `}${title}`;

const faultsOf = ({ title: code, text }: Section, row: ErrorRow): readonly string[] => {
  const positions = PARTS.map((part) => text.indexOf(`**${part}.** `));
  return [
    ...(text.trimStart().startsWith(`${answerOf(row)}\n`) ? [] : [`${code}: does not begin with "${answerOf(row)}"`]),
    ...PARTS.flatMap((part, at) => ((positions[at] ?? -1) <= (positions[at - 1] ?? -1) ? [`${code}: has no ${part} where it belongs`] : [])),
    ...(/`[^`\n]+`/.test(text.slice(positions[2], positions[3])) ? [] : [`${code}: Check names nothing to type or to look at`]),
  ];
};

/** Where the catalogue and its documentation differ. */
export const differences = (catalogue: Catalogue, markdown: string): readonly string[] => {
  const sections = sectionsOf(markdown);
  const documented = new Set(sections.map(({ title }) => title));
  return [
    ...Object.keys(catalogue).flatMap((code) => (documented.has(code) ? [] : [`${code}: has no entry`])),
    ...sections.flatMap((section) => {
      const row = catalogue[section.title];
      return row === undefined ? [`${section.title}: is no code`] : faultsOf(section, row);
    }),
    ...(documented.size === sections.length ? [] : ['an entry comes twice']),
  ];
};

/** Rows whose hint is no sentence that says what to do. */
export const hintsThatAreNone = (catalogue: Catalogue): readonly string[] =>
  Object.entries(catalogue).flatMap(([code, { hint }]) => (/^[A-Z"][^]{8,}\.$/.test(hint) && !hint.endsWith('..') ? [] : [`${code}: ${hint}`]));
