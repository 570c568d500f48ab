import { NO_CERTIFICATE_FILES, readCertificateFiles, type TlsFiles } from '../../config/tls/read-tls.ts';
import type { Config } from '../../config/schema.ts';
import { readRevocation } from '../../planes/revocation-rules.ts';
import type { RevocationRules } from '../../planes/revocation-rules.ts';

/** All that listeners and client certificates need of files, read and judged. */
export interface ReadCertificates {
  /** In the order of `originsOf`. */
  readonly listeners: readonly (TlsFiles | undefined)[];
  readonly revocation: RevocationRules;
  /** What should be said of files that work. */
  readonly warnings: readonly string[];
}

/** Where no listener speaks TLS. */
export const NO_CERTIFICATES: ReadCertificates = { listeners: NO_CERTIFICATE_FILES.listeners, revocation: { sources: [], anchors: [], strict: false }, warnings: [] };

/** Reads certificates, keys and lists of revoked certificates. @throws ConfigError */
export const readCertificates = async (config: Config, nowMs: number): Promise<ReadCertificates> => {
  const files = readCertificateFiles(config, nowMs);
  const { rules, warnings } = await readRevocation(config, files, nowMs);
  return { listeners: files.listeners, revocation: rules, warnings: [...files.listeners.flatMap((one) => one?.warnings ?? []), ...warnings] };
};
