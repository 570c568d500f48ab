import type { JsonObject } from '../../model/json.ts';
import { otlpAttributes } from '../audit-sinks/formats/otlp-value.ts';
import { durationsBy } from '../metrics/call-samples.ts';
import { OTHER, type CallCount } from '../metrics/call-tally.ts';
import { BOUNDS, type Histogram } from '../metrics/histogram.ts';
import { errorTypeOf, isMcpMethod } from './spans.ts';

/** The finer bounds that we have below the first of the semantic conventions for MCP. */
const FINER = BOUNDS.indexOf(0.01);

/** `AGGREGATION_TEMPORALITY_CUMULATIVE`. */
const CUMULATIVE = 2;

/** What stands for names that are on no list, by the word of the semantic conventions. */
const OTHERS = '_OTHER';

/** When counting began and up to when, in nanoseconds since the epoch, as texts. */
export interface Span {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

const labelsOf = ({ kind: { method, tool, code, toolError } }: CallCount): Readonly<Record<string, string>> | undefined => {
  if (method === OTHER || !isMcpMethod(method)) return undefined;
  const error = errorTypeOf({ ...(code === undefined ? {} : { code }), ...(toolError === undefined ? {} : { toolError }) });
  return { 'mcp.method.name': method, ...(tool === undefined ? {} : { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool === OTHER ? OTHERS : tool }), ...(error === undefined ? {} : { 'error.type': error }) };
};

const pointOf = (labels: Readonly<Record<string, string>>, { counts, sum, count }: Histogram, span: Span): JsonObject => {
  const first = counts.slice(0, FINER + 1).reduce((all, one) => all + one, 0);
  return { ...span, attributes: otlpAttributes(labels), count: String(count), sum, bucketCounts: [first, ...counts.slice(FINER + 1)].map(String), explicitBounds: BOUNDS.slice(FINER) };
};

const metricOf = (name: string, description: string, points: readonly JsonObject[]): readonly JsonObject[] =>
  points.length === 0 ? [] : [{ name, description, unit: 's', histogram: { aggregationTemporality: CUMULATIVE, dataPoints: points } }];

/** How long operations took, as seen by clients and as the gateway sees its servers, by the names of the semantic conventions for MCP. */
export const operationDurations = (calls: Iterable<CallCount>, span: Span): readonly JsonObject[] => {
  const points = (of: (count: CallCount) => Histogram): readonly JsonObject[] => durationsBy(calls, labelsOf, of).map(({ labels, value }) => pointOf(labels, value, span));
  return [
    ...metricOf('mcp.server.operation.duration', 'Time from an MCP request or notification until its answer was sent.', points(({ durations }) => durations)),
    ...metricOf('mcp.client.operation.duration', 'Time from sending an MCP request or notification on to a server until its answer began, or it was given up.', points(({ upstream }) => upstream)),
  ];
};
