import type { Metrics } from '../../adapters/metrics/metrics.ts';
import type { ScrapeServer } from '../../adapters/metrics/scrape-server.ts';
import type { Config } from '../../config/schema.ts';

const DEFAULT_METRICS_PORT = 9_464;

/** Until there are any, and where they are switched off. */
export const noMetrics: ScrapeServer = { port: 0, close: () => Promise.resolve() };

/** Serves metrics; only a port that was asked for by number is worth failing for. */
export const serveMetrics = async (metrics: Metrics, config: Config): Promise<ScrapeServer> => {
  if (!config.metrics.enabled) return noMetrics;
  if (config.metrics.port !== undefined) return metrics.serve(config.metrics.port);
  return metrics.serve(DEFAULT_METRICS_PORT).catch(() => metrics.serve(0));
};
