import { z } from 'zod';

const collector = {
  url: z.url({ protocol: /^https?$/, message: 'must be an absolute http or https URL' }),
  headers: z.record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name'), z.string().min(1)).prefault({}).describe('Further headers, such as the collector\'s own key; a value may be a reference to a secret.'),
};

/** `telemetry`: what collectors of OpenTelemetry are told. */
export const telemetrySchema = z.strictObject({
  traces: z.strictObject({
    url: collector.url.describe('The whole URL, such as https://collector.company.com/v1/traces. One that is private or plain http has to be named under `fetch.allow`.'),
    headers: collector.headers,
    sample: z.number().min(0).max(1).prefault(1).describe('Of the traces that begin at the gateway, the share that is kept; of those that a caller has begun, the caller decides.'),
    arguments: z.boolean().prefault(false).describe('Whether spans hold the arguments of tools, redacted as in the audit trail.'),
  }).optional().describe('Traces of calls, by OTLP over HTTP in JSON.'),
  metrics: z.strictObject({
    url: collector.url.describe('The whole URL, such as https://collector.company.com/v1/metrics; otherwise as for `traces`.'),
    headers: collector.headers,
    everySeconds: z.number().min(1).max(3_600).prefault(60).describe('How often they are told.'),
  }).optional().describe('How long MCP operations take, by the names of OpenTelemetry, by OTLP over HTTP in JSON.'),
});
