import { z } from 'zod';
import { LINE_FORMAT_NAMES } from '../../adapters/audit-sinks/formats/line-formats.ts';
import { receiverKinds } from '../../adapters/audit-sinks/receivers/list.ts';
import { secretReference } from '../secret-reference.ts';

const kinds = receiverKinds.map(({ kind }) => kind);

const webUrl = z.url({ protocol: /^https?$/, message: 'must be an absolute http or https URL' });

const header = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name');

/** One entry of `audit.sinks`: which members it may have follows from its kind (sink-faults.ts). */
export const sinkSchema = z.strictObject({
  kind: z.enum(kinds).describe('`file` (lines in a file), `syslog` (CEF in RFC 5424 over TLS or TCP), `otlp` (logs to an OpenTelemetry collector, HTTP and JSON) or `webhook` (signed batches by HTTPS).'),
  format: z.enum(LINE_FORMAT_NAMES).optional().describe('Of `file` and `webhook`: `json` (the records as they stand, place in the chain included; meant unless given), `ocsf` or `cef`.'),
  path: z.string().min(1).optional().describe('Of `file`: where it is. It is made readable for its owner alone.'),
  maxBytes: z.number().int().min(1024).max(1024 ** 4).optional().describe('Of `file`: how large it may become before it is called `PATH.1` and a new one begins; 100 MiB unless given.'),
  keepFiles: z.number().int().min(0).max(10_000).optional().describe('Of `file`: how many earlier ones are kept, 10 unless given.'),
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'is neither a host name nor an address').optional().describe('Of `syslog`: the receiver.'),
  port: z.number().int().min(1).max(65_535).optional().describe('Of `syslog`: its port; 6514 over TLS and 601 without unless given.'),
  tls: z.boolean().optional().describe('Of `syslog`: whether to speak TLS, true unless given.'),
  ca: z.string().min(1).optional().describe('Of `syslog`: a file of certificates to trust in place of the system\'s, PEM.'),
  url: webUrl.optional().describe('Of `otlp` and `webhook`: the whole URL, such as https://collector.company.com/v1/logs. One that is private or plain http has to be named under `fetch.allow`.'),
  headers: z.record(header, z.string().min(1)).prefault({}).describe('Of `otlp` and `webhook`: further headers; a value may be a reference to a secret.'),
  secret: secretReference.optional().describe('Of `webhook`: what its signature is made with (HMAC-SHA-256, Standard Webhooks), as a reference.'),
  spool: z.number().int().min(1).max(1_000_000_000).prefault(100_000).describe('How many records may wait before it counts as stalled. They wait in the trail itself, and none is ever left out.'),
  failClosed: z.boolean().prefault(false).describe('Whether calls are refused (503) while more records wait than that; true in the profile `regulated`.'),
});

export type SinkConfig = z.infer<typeof sinkSchema>;
