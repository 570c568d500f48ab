import { createHmac } from 'node:crypto';
import type { Secret } from '../../../model/secret.ts';
import { linesIn } from '../formats/line-formats.ts';
import { plainHeaders, postJson } from './http-post.ts';
import { required, type ReceiverKind } from './receiver.ts';

const PREFIX = 'whsec_';

/** Secrets of Standard Webhooks are base64 behind a prefix; any other text is its bytes. */
const keyOf = (secret: Secret): Buffer => {
  const text = secret.reveal();
  return text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64') : Buffer.from(text);
};

/** The headers by which a receiver knows who sent a batch, when, and that it is whole (Standard Webhooks 1.0). */
export const signedHeaders = (secret: Secret, { id, atMs, body }: { readonly id: string; readonly atMs: number; readonly body: string }): Readonly<Record<string, string>> => {
  const seconds = String(Math.floor(atMs / 1_000));
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}` };
};

/** Anybody who takes batches by HTTPS and checks their signature. */
export const webhook: ReceiverKind<'webhook'> = {
  kind: 'webhook',
  requires: ['url', 'secret'],
  takes: ['url', 'secret', 'headers', 'format'],
  build: ({ name, url, secret, headers, format = 'json' }, { network, clock }) => ({
    async send(rows) {
      const lines = linesIn(format, rows);
      const [first, last] = [rows[0], rows.at(-1)];
      if (lines.length === 0 || first === undefined || last === undefined) return;
      const atMs = clock.nowMs();
      const records = format === 'cef' ? lines.map((line) => JSON.stringify(line)) : lines;
      const body = `{"type":"audit.records","timestamp":"${new Date(atMs).toISOString()}","data":{"sink":${JSON.stringify(name)},"format":"${format}","records":[${records.join(',')}]}}`;
      // The same rows have the same id when they are sent again.
      const signed = signedHeaders(required(secret, 'secret'), { id: `aud_${name}_${String(first.position)}_${String(last.position)}`, atMs, body });
      await postJson(network, { url: required(url, 'url'), headers: { ...plainHeaders(headers), ...signed }, body });
    },
    close: () => undefined,
  }),
};
