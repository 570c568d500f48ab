import { signedHeaders } from '../audit-sinks/receivers/webhook.ts';
import { postJson } from '../audit-sinks/receivers/http-post.ts';
import { needed, type ChannelKind } from './channel.ts';

/** Anybody who takes JSON by HTTPS and checks its signature (Standard Webhooks 1.0). */
export const webhook: ChannelKind<'webhook'> = {
  kind: 'webhook',
  requires: ['url', 'secret'],
  takes: ['url', 'secret'],
  build: ({ url, secret }, { network, clock }) => ({
    async send(alarm) {
      const atMs = clock.nowMs();
      const isOver = alarm.state !== 'open';
      const body = JSON.stringify({ type: isOver ? 'alarm.resolved' : 'alarm', timestamp: new Date(atMs).toISOString(), data: alarm });
      // The same step of the same alarm has the same id when it is sent again.
      const headers = signedHeaders(needed(secret, 'secret'), { id: `${alarm.id}_${isOver ? 'over' : String(alarm.step)}`, atMs, body });
      await postJson(network, { url: needed(url, 'url'), headers, body });
    },
  }),
};
