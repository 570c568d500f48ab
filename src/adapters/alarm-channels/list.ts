import { email } from './email.ts';
import { pagerDuty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

/** Every kind of channel. */
export const channelKinds = [webhook, slack, email, pagerDuty] as const;
