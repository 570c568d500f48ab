import { z } from 'zod';
import { DURATION_PATTERN } from '../model/duration.ts';

/** What may be said of alarms. */
export const alarmsSchema = z.strictObject({
  usage: z.strictObject({
    enabled: z.boolean().prefault(true).describe('Whether what is unusual of a caller raises an alarm.'),
    learn: z.string().regex(DURATION_PATTERN, 'is not a duration: write one such as 7d').regex(/d$/, 'is shorter than a day: write one such as 7d').prefault('7d').describe('For how long a caller, and each tool of theirs, is learned before anything about it is unusual.'),
  }).prefault({}).describe('What is usual of whom.'),
});
