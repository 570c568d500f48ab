import { overWords, type Alarm } from '../../model/alarm.ts';
import { needed, type ChannelKind } from './channel.ts';
import { sendMail } from './smtp.ts';

const MOST_SUBJECT = 45;
const LINE = 76;

const wrapped = (base64: string): string => base64.match(new RegExp(`.{1,${String(LINE)}}`, 'g'))?.join('\r\n') ?? '';

const saidOf = (alarm: Alarm): string => (alarm.state === 'open' ? alarm.words : overWords(alarm));

const bodyOf = (alarm: Alarm): string => (alarm.state === 'open' ? openBody(alarm) : `${saidOf(alarm)}\n\n${alarm.name} ${alarm.id}`);

const openBody = ({ id, name, words, evidence, cures }: Alarm): string => [words, '', ...evidence.map((one) => `- ${one.words}`), '', ...cures.map((cure) => `    ${cure}`), '', `${name} ${id}`].join('\n');

/** A mail whose text is base64: no line of it can be a command, a header or the end of the mail. */
const mailOf = (alarm: Alarm, { from, to, atMs }: { readonly from: string; readonly to: readonly string[]; readonly atMs: number }): string => {
  const subject = `=?utf-8?B?${Buffer.from(saidOf(alarm).slice(0, MOST_SUBJECT)).toString('base64')}?=`;
  const headers = [
    `From: <${from}>`, `To: ${to.map((address) => `<${address}>`).join(', ')}`, `Subject: ${alarm.name} ${subject}`, `Date: ${new Date(atMs).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${alarm.id}.${alarm.state === 'open' ? String(alarm.step) : 'over'}.${String(atMs)}@sallyport>`, 'Auto-Submitted: auto-generated', 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${wrapped(Buffer.from(bodyOf(alarm)).toString('base64'))}`;
};

/** Mail, handed in at a server of the operator's (port 587 with STARTTLS, RFC 6409). */
export const email: ChannelKind<'email'> = {
  kind: 'email',
  requires: ['host', 'from', 'to'],
  takes: ['host', 'port', 'tls', 'ca', 'user', 'password', 'from', 'to'],
  build: ({ host, tls = 'starttls', port = tls === 'implicit' ? 465 : 587, ca, user, password, from, to }, { clock }) => ({
    async send(alarm) {
      const letter = { from: needed(from, 'from'), to: needed(to, 'to') };
      await sendMail({ host: needed(host, 'host'), port, tls, ca, user, password }, { ...letter, data: mailOf(alarm, { ...letter, atMs: clock.nowMs() }) });
    },
  }),
};
