import type { Metrics } from '../../adapters/metrics/metrics.ts';
import { buildTelemetry, type Telemetry } from '../../adapters/telemetry/telemetry.ts';
import type { Config } from '../../config/schema.ts';
import { sourcesOf } from '../../config/secret-ref.ts';
import { telemetrySettings } from '../../config/telemetry/telemetry-settings.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import type { World } from '../../ports/world.ts';
import type { Base } from '../../planes/base.ts';
import type { Terminal } from '../terminal.ts';
import { version } from './gateway-metrics.ts';

/** Whether traces begin here, and how many of them are kept. */
export const tracingOf = ({ telemetry: { traces } }: Config): Pick<Base, 'tracing'> => (traces === undefined ? {} : { tracing: { ratio: traces.sample } });

/** What the collectors of a configuration are told. @throws ConfigError when a secret is not there */
export const buildGatewayTelemetry = ({ config, terminal }: { readonly config: Config; readonly terminal: Terminal }, { world, metrics, catalog }: { readonly world: World; readonly metrics: Metrics; readonly catalog: () => ToolCatalog }): Telemetry =>
  buildTelemetry(telemetrySettings(config, sourcesOf(terminal.env, config)), {
    world,
    version: version(),
    calls: metrics.calls,
    count: metrics.count,
    isKnownTool: (server, tool) => catalog().annotationOf(server, tool) !== undefined,
  });
