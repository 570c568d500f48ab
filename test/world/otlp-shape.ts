import { z } from 'zod';

/** What OTLP/HTTP says of messages in JSON (opentelemetry-proto 1.x, "JSON Protobuf Encoding"): names in lower camel case, ids in hexadecimal, 64-bit integers as texts, enumerations as numbers. A member that is not there is refused. */

const uint64 = z.string().regex(/^(?:0|[1-9]\d{0,19})$/);
const nanos = z.string().regex(/^[1-9]\d{18}$/, 'nanoseconds since the epoch');
const traceId = z.string().regex(/^(?!0{32})[0-9a-f]{32}$/);
const spanId = z.string().regex(/^(?!0{16})[0-9a-f]{16}$/);

const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }), z.strictObject({ boolValue: z.boolean() }), z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }), z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ arrayValue: z.strictObject({ values: z.array(z.strictObject({ stringValue: z.string() })) }) }),
]);
const attributes = z.array(z.strictObject({ key: z.string().min(1), value: anyValue })).refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'an attribute twice');
const resource = z.strictObject({ attributes });
const scope = z.strictObject({ name: z.string(), version: z.string() });

const span = z.strictObject({
  traceId, spanId, parentSpanId: spanId.optional(), traceState: z.string().optional(), flags: z.number().int().min(0).max(0xffff_ffff), name: z.string().min(1), kind: z.number().int().min(1).max(5),
  startTimeUnixNano: nanos, endTimeUnixNano: nanos, attributes, status: z.strictObject({ code: z.number().int().min(0).max(2).optional(), message: z.string().optional() }),
}).refine(({ startTimeUnixNano, endTimeUnixNano }) => BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano), 'ends before it begins');

const point = z.strictObject({ attributes, startTimeUnixNano: nanos, timeUnixNano: nanos, count: uint64, sum: z.number().min(0), bucketCounts: z.array(uint64), explicitBounds: z.array(z.number()) })
  .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1, 'as many buckets as bounds and one')
  .refine(({ bucketCounts, count }) => bucketCounts.reduce((sum, one) => sum + BigInt(one), 0n) === BigInt(count), 'buckets that are not the count')
  .refine(({ startTimeUnixNano, timeUnixNano }) => BigInt(startTimeUnixNano) <= BigInt(timeUnixNano), 'ends before it begins');
const metric = z.strictObject({ name: z.string().min(1), description: z.string(), unit: z.string(), histogram: z.strictObject({ aggregationTemporality: z.literal(2), dataPoints: z.array(point).min(1) }) });

/** `ExportTraceServiceRequest`. */
export const tracesRequest = z.strictObject({ resourceSpans: z.array(z.strictObject({ resource, scopeSpans: z.array(z.strictObject({ scope, spans: z.array(span).min(1) })).min(1) })).min(1) });

/** `ExportMetricsServiceRequest`. */
export const metricsRequest = z.strictObject({ resourceMetrics: z.array(z.strictObject({ resource, scopeMetrics: z.array(z.strictObject({ scope, metrics: z.array(metric).min(1) })).min(1) })).min(1) });

export type Span = z.infer<typeof span>;
export type HistogramPoint = z.infer<typeof point>;
type Attributes = z.infer<typeof attributes>;

/** Attributes by their names; what is not a text is written as JSON. */
export const attributesOf = ({ attributes: all }: { readonly attributes: Attributes }): Readonly<Record<string, string>> =>
  Object.fromEntries(all.map(({ key, value }) => [key, 'stringValue' in value ? value.stringValue : String(Object.values(value)[0])]));

/** The spans of one message. */
export const spansIn = (body: unknown): readonly Span[] => tracesRequest.parse(body).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

/** The histograms of one message, by name. */
export const histogramsIn = (body: unknown): ReadonlyMap<string, readonly HistogramPoint[]> =>
  new Map(metricsRequest.parse(body).resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name, histogram }) => [name, histogram.dataPoints] as const))));
