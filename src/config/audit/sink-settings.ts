import type { SinkSettings } from '../../adapters/audit-sinks/handover/handovers.ts';
import { Secret } from '../../model/secret.ts';
import { readCertificates } from '../read-pem.ts';
import type { Config } from '../schema.ts';
import { resolveValue, resolveValues, type Sources } from '../secret-ref.ts';

const secretAt = (reference: string, where: string, sources: Sources): Secret => {
  const found = resolveValue(reference, where, sources);
  return found instanceof Secret ? found : new Secret(found);
};

/**
 * The receivers of the trail, with their secrets and certificates read.
 * @throws ConfigError when one of these is not there
 */
export const sinkSettings = ({ audit }: Pick<Config, 'audit'>, sources: Sources): readonly SinkSettings[] =>
  Object.entries(audit.sinks).map(([name, { secret, ca, headers, ...entry }]): SinkSettings => {
    const where = `audit.sinks.${name}`;
    return {
      ...entry, name, format: entry.format,
      headers: resolveValues(headers, `${where}.headers`, sources),
      ...(ca === undefined ? {} : { ca: readCertificates(ca, `${where}.ca`) }),
      ...(secret === undefined ? {} : { secret: secretAt(secret, `${where}.secret`, sources) }),
    };
  });
