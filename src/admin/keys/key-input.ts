import { z } from 'zod';
import { DAY_MS } from '../../model/duration.ts';
import { isTimeZone, WEEKDAYS } from '../../model/hours.ts';
import { isNetwork } from '../../model/networks.ts';
import { permissionFault } from '../../model/permission/permission.ts';
import { redactText } from '../../model/redaction.ts';

/** The id of a stored key. */
export const keyId = z.string().regex(/^key_[0-9a-f]{1,64}$/, 'is not the id of a key, which looks like key_03fd9d2130a884c265');

/** What is said of a key, in words that lists and records repeat: so no secret may stand in them (R87). */
export const words = (most: number) =>
  z.string().trim().min(1).max(most).refine((text) => redactText(text) === text, { message: 'holds what looks like a secret, and it would be kept: say it without' });

/** One permission in its own grammar. */
export const permission = z.string().superRefine((text, context) => {
  const fault = permissionFault(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

/** One address range. */
export const network = z.string().refine(isNetwork, { message: 'is not an address or a range such as 10.0.0.0/8 or 2001:db8::/32, without bits behind its length' });

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day, such as 09:00');

/** The hours of a key. */
export const keyHours = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).exactOptional(),
  from: timeOfDay,
  to: timeOfDay,
  zone: z.string().refine(isTimeZone, { message: 'is not a time zone, such as Europe/Berlin or UTC' }),
}).refine(({ from, to }) => from !== to, { message: 'from and to are the same: leave hours out' });

const count = z.number().int().positive().max(1_000_000_000);

/** Some limits of one key. */
export const keyLimits = z.strictObject({
  perSecond: z.number().positive().max(1_000_000).exactOptional(),
  burst: count.exactOptional(),
  perDay: count.exactOptional(),
  perMonth: count.exactOptional(),
  inFlight: count.exactOptional(),
});

/** All limits of one key. */
export const allLimits = keyLimits.refine(({ burst, perSecond }) => burst === undefined || perSecond !== undefined, { message: 'burst needs perSecond' });

/** What a key may be told by: letters, digits and the like, as a role is named. */
export const className = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'is not the name of a class: lower-case letters, digits, - and _');

/** How long both keys of a rotation work. */
export const OVERLAPS = { now: 0, '1h': 3_600_000, '24h': DAY_MS, '7d': 7 * DAY_MS } as const;

/** One of them, by name. */
export const overlap = z.enum(['now', '1h', '24h', '7d']);

export const MAX_DAYS = 3_650;
