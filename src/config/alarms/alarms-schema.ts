import { z } from 'zod';
import { channelKinds } from '../../adapters/alarm-channels/list.ts';
import { DURATION_PATTERN } from '../../model/duration.ts';
import { isEmailAddress } from '../../model/email-address.ts';
import { isTimeZone, WEEKDAYS } from '../../model/hours.ts';
import { secretReference } from '../secret-reference.ts';

const kinds = channelKinds.map(({ kind }) => kind);

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day, such as 22:00');
const address = z.string().refine(isEmailAddress, 'is not a mail address');

const quiet = z.strictObject({
  from: time.describe('From then on.'),
  to: time.describe('Until then; earlier than `from` it is that of the next day.'),
  days: z.array(z.enum(WEEKDAYS)).min(1).optional().describe('Days on which the hours begin; all of them unless given.'),
  zone: z.string().refine(isTimeZone, 'is not a time zone: write its IANA name, such as Europe/Berlin or UTC').describe('IANA name of the time zone.'),
}).refine(({ from, to }) => from !== to, 'begins when it ends: then it would never be quiet, or always');

const channel = z.strictObject({
  kind: z.enum(kinds).describe('`webhook` (signed JSON by HTTPS), `slack` (an incoming webhook), `email` (SMTP) or `pagerduty` (Events version 2).'),
  url: z.url({ protocol: /^https?$/, message: 'must be an absolute http or https URL' }).optional().describe('Of `webhook`: where to; of `pagerduty`: another region, such as https://events.eu.pagerduty.com/v2/enqueue. One that is private or plain http has to be named under `fetch.allow`.'),
  secret: secretReference.optional().describe('Of `webhook`: what its signature is made with (HMAC-SHA-256, Standard Webhooks), as a reference.'),
  hook: secretReference.optional().describe('Of `slack`: the URL of the incoming webhook, as a reference, because whoever has it may write there.'),
  key: secretReference.optional().describe('Of `pagerduty`: the integration key, as a reference.'),
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'is neither a host name nor an address').optional().describe('Of `email`: the mail server.'),
  port: z.number().int().min(1).max(65_535).optional().describe('Of `email`: its port; 587, or 465 with `tls: implicit`, unless given.'),
  tls: z.enum(['starttls', 'implicit', 'none']).optional().describe('Of `email`: `starttls` is meant unless given, and a server that does not offer it gets nothing.'),
  ca: z.string().min(1).optional().describe('Of `email`: a file of certificates to trust in place of the system\'s, PEM.'),
  user: z.string().min(1).max(256).optional().describe('Of `email`: as whom mail is handed in.'),
  password: secretReference.optional().describe('Of `email`: with which password, as a reference.'),
  from: address.optional().describe('Of `email`: the sender.'),
  to: z.array(address).min(1).max(20).optional().describe('Of `email`: who gets it.'),
  quiet: quiet.optional().describe('Hours in which the channel is not told; it is told after them. `audit.chain-broken` is told at any hour.'),
});

/** What may be said of alarms. */
export const alarmsSchema = z.strictObject({
  usage: z.strictObject({
    enabled: z.boolean().prefault(true).describe('Whether what is unusual of a caller raises an alarm.'),
    learn: z.string().regex(DURATION_PATTERN, 'is not a duration: write one such as 7d').regex(/d$/, 'is shorter than a day: write one such as 7d').prefault('7d').describe('For how long a caller, and each tool of theirs, is learned before anything about it is unusual.'),
  }).prefault({}).describe('What is usual of whom.'),
  throttle: z.boolean().prefault(false).describe('Whether calls of a tool beyond what is usual of their caller are refused (`limit.unusual`) until the hour or the day ends, or somebody says that they are expected ([alarms.md](alarms.md#held-to-what-is-usual)).'),
  channels: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not a name: letters, digits, - and _'), channel).prefault({}).describe('Who is told besides the log, by a name of your choice ([alarms.md](alarms.md#who-is-told)). `sallyport alarms test NAME` tries one out.'),
});

export type ChannelConfig = z.infer<typeof channel>;
