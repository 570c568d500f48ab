import type { Terminal } from './terminal.ts';

/** One question, and how it is shown. */
export interface Question {
  readonly name: string;
  /** Without the colon behind it. */
  readonly asks: string;
}

/**
 * Asks one question after the other, each in a line of its own. What stands on stdout is data, so the questions go to stderr.
 * @param next which question comes after these answers; undefined ends
 * @returns the answers by the names of their questions; fewer, where stdin ends
 */
export const askAll = async (next: (answers: Readonly<Record<string, string>>) => Question | undefined, { stdin, stderr }: Terminal): Promise<Readonly<Record<string, string>>> => {
  const answers: Record<string, string> = {};
  let question = next(answers);
  const ask = (): unknown => question !== undefined && stderr.write(`${question.asks}: `);
  ask();
  if (question === undefined) return answers;
  // A terminal hands over whole lines; each is one answer.
  for await (const line of stdin ?? []) {
    answers[question.name] = String(line).trim();
    question = next(answers);
    if (question === undefined) break;
    ask();
  }
  return answers;
};
