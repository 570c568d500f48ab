import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../../test/world/captured-log.ts';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import { jsonAnswer, ScriptedNetwork } from '../../../../test/world/scripted-network.ts';
import { Secret } from '../../../model/secret.ts';
import type { TrailRow } from '../formats/line-formats.ts';
import { otlp } from './otlp.ts';
import type { ReceiverSettings } from './receiver.ts';
import { webhook } from './webhook.ts';

/** Receivers over HTTP: signed batches (Standard Webhooks 1.0) and OTLP; only a success counts as taken. */

const HOOK = 'https://siem.example/hook';
const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const text = JSON.stringify({ v: 1, type: 'call', id: 'req_1', at: '2026-07-28T10:00:00.000Z', address: '::1', call: 'ping', decision: 'allow', writer: 'gateway', seq: 7, hash: 'h' });
const rows: readonly TrailRow[] = [{ position: 7, text, record: JSON.parse(text) as TrailRow['record'] }];

const settings = (more: Partial<ReceiverSettings> = {}): ReceiverSettings => ({ name: 'siem', format: undefined, url: HOOK, secret: new Secret(`whsec_${KEY.toString('base64')}`), headers: { Authorization: new Secret('Bearer of-the-collector') }, ...more });

const world = (network: ScriptedNetwork) => ({ network, clock: new MovedClock(), log: new CapturedLog() });

suite('A webhook', () => {
  test('gets records as they stand, signed over id, time and body', async () => {
    const network = new ScriptedNetwork({ [HOOK]: () => jsonAnswer({}, 202) });
    await webhook.build(settings(), world(network)).send(rows);
    const [{ headers = {}, body = '' } = {}] = network.sent;
    assert.deepEqual((JSON.parse(body) as { data: { records: unknown[] } }).data.records, [JSON.parse(text)]);
    const signed = createHmac('sha256', KEY).update(`${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${body}`).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signed}`);
    assert.equal(headers['authorization'], 'Bearer of-the-collector');
    assert.match(headers['webhook-id'] ?? '', /^aud_siem_7_7$/);
  });

  for (const status of [301, 400, 401, 429, 500, 503])
    test(`has taken nothing when it answers ${String(status)}`, async () => {
      const network = new ScriptedNetwork({ [HOOK]: () => jsonAnswer({}, status) });
      await assert.rejects(webhook.build(settings(), world(network)).send(rows), new RegExp(`answers ${String(status)}`));
    });
});

suite('A collector', () => {
  test('gets log records, and what it refuses for good is said', async () => {
    const network = new ScriptedNetwork({ [HOOK]: () => jsonAnswer({ partialSuccess: { rejectedLogRecords: '1' } }) });
    const room = world(network);
    await otlp.build(settings({ secret: undefined }), room).send(rows);
    assert.match(network.sent[0]?.body ?? '', /"resourceLogs"/);
    assert.equal(room.log.said('error').length, 1);
  });

  test('that fails has taken nothing', async () => {
    const network = new ScriptedNetwork({ [HOOK]: () => jsonAnswer({}, 503) });
    await assert.rejects(otlp.build(settings(), world(network)).send(rows), /answers 503/);
  });
});
