import { overWords, type Alarm } from '../../model/alarm.ts';
import { postJson } from '../audit-sinks/receivers/http-post.ts';
import { needed, type ChannelKind } from './channel.ts';

/** Slack reads these three as its own markup: a name that a caller chose must not become a link or ring a bell for everybody. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A backtick would end the code. */
const code = (text: string): string => `\`${escaped(text.replaceAll('`', "'"))}\``;

const MOST = 3_000;

const textOf = (alarm: Alarm): string => {
  const { id, name, words, evidence, cures } = alarm;
  const begin = `*${escaped(name)}* ${code(id)}`;
  const lines = alarm.state === 'open' ? [begin, escaped(words), ...evidence.slice(1).map((one) => `• ${escaped(one.words)}`), ...cures.map((cure) => `→ ${code(cure)}`)] : [`${begin} ${escaped(overWords(alarm))}`];
  return lines.join('\n').slice(0, MOST);
};

/** A channel of Slack, by an incoming webhook; its URL is the secret. */
export const slack: ChannelKind<'slack'> = {
  kind: 'slack',
  requires: ['hook'],
  takes: ['hook'],
  build: ({ hook }, { network }) => ({
    async send(alarm) {
      await postJson(network, { url: needed(hook, 'hook').reveal(), headers: {}, body: JSON.stringify({ text: textOf(alarm), unfurl_links: false }) });
    },
  }),
};
