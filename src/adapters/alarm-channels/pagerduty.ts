import type { Alarm } from '../../model/alarm.ts';
import { postJson } from '../audit-sinks/receivers/http-post.ts';
import { needed, type ChannelKind } from './channel.ts';

const EVENTS = 'https://events.pagerduty.com/v2/enqueue';
/** The longest summary of an event. */
const MOST_SUMMARY = 1_024;

const severityOf = ({ step }: Alarm): string => ['info', 'warning', 'error'][step] ?? 'critical';

const payloadOf = (alarm: Alarm): object => {
  const { name, words, evidence, cures, raisedAtMs } = alarm;
  return { summary: words.slice(0, MOST_SUMMARY), source: 'sallyport', severity: severityOf(alarm), timestamp: new Date(raisedAtMs).toISOString(), class: name, custom_details: { evidence: evidence.map((one) => one.words), next: cures } };
};

/** PagerDuty, by events of its version 2; an alarm that got worse is the same incident, and its end resolves it. */
export const pagerDuty: ChannelKind<'pagerduty'> = {
  kind: 'pagerduty',
  requires: ['key'],
  takes: ['key', 'url'],
  build: ({ key, url = EVENTS }, { network }) => ({
    async send(alarm) {
      const event = alarm.state === 'open' ? { event_action: 'trigger', payload: payloadOf(alarm) } : { event_action: 'resolve' };
      await postJson(network, { url, headers: {}, body: JSON.stringify({ routing_key: needed(key, 'key').reveal(), dedup_key: alarm.id, ...event }) });
    },
  }),
};
