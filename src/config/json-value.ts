import { z } from 'zod';
import type { JsonValue } from '../model/json.ts';

/** Any JSON value. */
export const JSON_VALUE: z.ZodType<JsonValue> = z.lazy(() => z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(JSON_VALUE), z.record(z.string(), JSON_VALUE)]));
