import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { MailServer, type MailServerOptions } from '../../../test/world/mail-server.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { jsonAnswer, ScriptedNetwork } from '../../../test/world/scripted-network.ts';
import { TestAuthority } from '../../../test/world/test-pki.ts';
import type { Alarm } from '../../model/alarm.ts';
import { Secret } from '../../model/secret.ts';
import type { ChannelSettings } from './channel.ts';
import { email } from './email.ts';
import { channelKinds } from './list.ts';

/** Who is told of alarms (R50, R51: told loudly), and that no secret and no markup of a caller goes with it (R87). */

const alarm: Alarm = {
  id: 'alm_000000000000000001', name: 'usage.unusual', subject: 'x', step: 2, words: 'CRM <!channel> sync & "nightly" does what is unusual: 10000 calls', evidence: [{ sign: 'volume crm:search', words: '10000 calls' }, { sign: 'tool', words: 'a `new` tool' }],
  cures: ['sallyport keys disable key_1'], state: 'open', raisedAtMs: 0, lastAtMs: 0,
};
const HOOK = 'https://hooks.example/T000/B000';
const signing = Buffer.from('0123456789abcdef0123456789abcdef');
const secret = new Secret(`whsec_${signing.toString('base64')}`);

const HTTP: Readonly<Record<string, ChannelSettings>> = { webhook: { url: HOOK, secret }, slack: { hook: new Secret(HOOK) }, pagerduty: { key: new Secret('routing'), url: HOOK } };

const OVER: Alarm = { ...alarm, state: 'expected', closed: { by: '<!here> Ada', atMs: 1 } };

const sendBy = async (kind: string, network: ScriptedNetwork, what = alarm): Promise<void> => {
  const found = channelKinds.find((one) => one.kind === kind);
  await found?.build(HTTP[kind] ?? {}, { network, clock: new MovedClock() }).send(what);
};

const sentBy = async (kind: string, what = alarm): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: string }> => {
  const network = new ScriptedNetwork({ [HOOK]: () => jsonAnswer({}) });
  await sendBy(kind, network, what);
  const [{ headers = {}, body = '' } = {}] = network.sent;
  return { headers, body };
};

suite('A channel over HTTP', () => {
  test('webhook: the alarm as it stands, signed over id, time and body', async () => {
    const { headers, body } = await sentBy('webhook');
    assert.deepEqual((JSON.parse(body) as { data: unknown }).data, alarm);
    assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', signing).update(`${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${body}`).digest('base64')}`);
    assert.equal(headers['webhook-id'], `${alarm.id}_2`);
  });

  test('slack: what a caller chose is no markup', async () => {
    const { text } = JSON.parse((await sentBy('slack')).body) as { text: string };
    assert.match(text, /CRM &lt;!channel&gt; sync &amp; "nightly"/);
    assert.doesNotMatch(text, /<!channel>/);
    assert.match(text, /→ `sallyport keys disable key_1`/);
  });

  test('pagerduty: one incident for one alarm, its severity by how bad it is', async () => {
    const sent = JSON.parse((await sentBy('pagerduty')).body) as { routing_key: string; event_action: string; dedup_key: string; payload: { severity: string; summary: string } };
    assert.deepEqual([sent.routing_key, sent.event_action, sent.dedup_key, sent.payload.severity, sent.payload.summary], ['routing', 'trigger', alarm.id, 'error', alarm.words]);
  });

  test('is told of its end: an event of its own, one line without markup, the incident resolved by the key that began it', async () => {
    const hooked = await sentBy('webhook', OVER);
    assert.deepEqual([JSON.parse(hooked.body).type, hooked.headers['webhook-id']], ['alarm.resolved', `${alarm.id}_over`]);
    const { text } = JSON.parse((await sentBy('slack', OVER)).body) as { text: string };
    assert.match(text, /^\*usage\.unusual\* `alm_\d+` over, expected by &lt;!here&gt; Ada: CRM &lt;!channel&gt;[^\n]*$/);
    assert.deepEqual(JSON.parse((await sentBy('pagerduty', OVER)).body), { routing_key: 'routing', dedup_key: alarm.id, event_action: 'resolve' });
  });

  for (const kind of Object.keys(HTTP))
    test(`${kind} that answers no success has not taken it, and the message holds no secret`, async () => {
      const failed = await sendBy(kind, new ScriptedNetwork({ [HOOK]: () => jsonAnswer({}, 403) })).then(() => undefined, (error: unknown) => error as Error);
      assert.match(failed?.message ?? '', /answers 403/);
      assert.doesNotMatch(failed?.message ?? '', /T000|routing|whsec/);
    });
});

const authority = TestAuthority.root();
const { cert, key } = authority.forServer();
const login = { user: 'sallyport', password: new Secret('mail-CANARY-2718') };

const mailTo = async (server: MailServer, more: ChannelSettings = {}, what = alarm): Promise<void> =>
  email.build({ host: '127.0.0.1', port: server.port, ca: authority.cert, from: 'gateway@company.com', to: ['ops@company.com', 'oncall@company.com'], ...login, ...more }, { clock: new MovedClock(), network: new ScriptedNetwork() }).send(what);

const withServer = async (options: Partial<MailServerOptions>, work: (server: MailServer) => Promise<void>): Promise<void> => {
  await using server = await MailServer.start({ cert, key, ...options });
  await work(server);
};

/** What the server has heard, and why it failed. */
const refusedBy = async (options: Partial<MailServerOptions>, more: ChannelSettings = {}): Promise<{ readonly message: string; readonly heard: string; readonly mails: number }> => {
  await using server = await MailServer.start({ cert, key, ...options });
  const message = await mailTo(server, more).then(() => 'taken', (error: unknown) => (error as Error).message);
  return { message, heard: server.heard.commands.map(({ line }) => line).join('\n'), mails: server.heard.mails.length };
};

suite('Mail', () => {
  test('is handed in over STARTTLS, with the password only there', () => withServer({}, async (server) => {
    await mailTo(server);
    const { commands, mails } = server.heard;
    assert.deepEqual(commands.filter(({ secure }) => !secure).map(({ line }) => line), ['EHLO sallyport', 'STARTTLS']);
    assert.ok(commands.some(({ line }) => line === `AUTH PLAIN ${Buffer.from('\0sallyport\0mail-CANARY-2718').toString('base64')}`));
    assert.equal(commands.filter(({ line }) => line.startsWith('RCPT TO:')).length, 2);
    const [head = '', body = ''] = mails[0]?.split('\n\n') ?? [];
    assert.match(head, /^From: <gateway@company\.com>\nTo: <ops@company\.com>, <oncall@company\.com>\nSubject: usage\.unusual =\?utf-8\?B\?/);
    assert.match(Buffer.from(body, 'base64').toString(), /sallyport keys disable key_1/);
    assert.ok(mails[0]?.split('\n').every((line) => line.length <= 998), 'RFC 5322 §2.1.1');
  }));

  test('that an alarm is over says so in its subject and its text, and names no command', () => withServer({}, async (server) => {
    await mailTo(server, {}, OVER);
    const [head = '', body = ''] = server.heard.mails[0]?.split('\n\n') ?? [];
    const subject = /Subject: usage\.unusual =\?utf-8\?B\?([^?]+)/.exec(head)?.[1] ?? '';
    const text = Buffer.from(body, 'base64').toString();
    assert.match(Buffer.from(subject, 'base64').toString(), /^over, expected by/);
    assert.match(text, /^over, expected by/);
    assert.doesNotMatch(text, /keys disable/);
  }));

  test('without TLS goes out only where that was asked for, and without a password', () => withServer({ offersTls: false }, async (server) => {
    await mailTo(server, { tls: 'none', user: undefined, password: undefined });
    assert.equal(server.heard.mails.length, 1);
  }));

  test('is given to nobody who offers no STARTTLS, or whose certificate is another\'s', async () => {
    const stripped = await refusedBy({ offersTls: false });
    assert.match(stripped.message, /no STARTTLS/);
    const foreign = await refusedBy({}, { ca: TestAuthority.root('Other').cert });
    for (const { message, heard, mails } of [stripped, foreign]) {
      assert.notEqual(message, 'taken');
      assert.doesNotMatch(heard, /AUTH|MAIL/);
      assert.equal(mails, 0);
    }
  });

  test('is not misled by what an attacker puts behind the answer to STARTTLS (RFC 3207 §6)', async () => {
    const { mails, message } = await refusedBy({ injected: '250 injected\r\n250 injected\r\n' }, { ca: TestAuthority.root('Other').cert });
    assert.equal(mails, 0);
    assert.notEqual(message, 'taken');
  });

  for (const [command, answer] of Object.entries({ EHLO: '500 no', AUTH: '535 wrong password', MAIL: '550 no', RCPT: '550 nobody', DATA: '451 later' }))
    test(`counts as not taken when ${command} is refused, and no password is in the message`, async () => {
      const { message } = await refusedBy({ answers: { [command]: answer } });
      assert.match(message, new RegExp(`answers ${answer.slice(0, 3)} to`));
      assert.doesNotMatch(message, /CANARY|Y2FuYXJ5|AHNhbGx5/i);
    });
});
