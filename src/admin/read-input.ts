import { z } from 'zod';
import { OperationRefused } from './needs.ts';

const said = (issue: z.core.$ZodIssue): string => {
  const at = issue.path.join('.');
  return at === '' ? issue.message : `${at} ${issue.message}`;
};

/**
 * Reads what an operation was asked.
 * @throws OperationRefused that names each member which cannot be read
 */
export const readInput = <Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new OperationRefused(parsed.error.issues.map(said).join('; '));
  return parsed.data;
};
