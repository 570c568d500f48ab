import type { TelemetrySettings } from '../../adapters/telemetry/telemetry.ts';
import type { Config } from '../schema.ts';
import { resolveValues, type Sources } from '../secret-ref.ts';

/**
 * Who is told of telemetry, with secrets read.
 * @throws ConfigError when one of these is not there
 */
export const telemetrySettings = ({ telemetry: { traces, metrics } }: Pick<Config, 'telemetry'>, sources: Sources): TelemetrySettings => ({
  ...(traces === undefined ? {} : { traces: { url: traces.url, headers: resolveValues(traces.headers, 'telemetry.traces.headers', sources), withArguments: traces.arguments } }),
  ...(metrics === undefined ? {} : { metrics: { url: metrics.url, headers: resolveValues(metrics.headers, 'telemetry.metrics.headers', sources), everyMs: metrics.everySeconds * 1_000 } }),
});
