import { printable } from '../../model/redaction.ts';
import type { Step } from '../../planes/tokens/inspect-issuer.ts';

const MARKS = { good: 'ok  ', bad: 'FAIL', note: 'note' } as const;

/** A step as a line; what is wrong names the clause. */
export const sayStep = ({ what, outcome, says, clause }: Step): string => `${MARKS[outcome]}  ${what}: ${printable(says)}${outcome === 'bad' ? `  [${clause}]` : ''}\n`;
