import { X509Certificate } from 'node:crypto';
import { sourcesOf, type Environment } from '../../config/secret-ref.ts';
import type { Config } from '../../config/schema.ts';
import { readCertificateFiles, type ForwardedFiles, type TlsFiles } from '../../config/tls/read-tls.ts';
import { compileNetworks } from '../../model/networks.ts';
import { readRevocation, type RevocationRules } from '../../planes/revocation-rules.ts';
import type { ListenOptions } from '../../stages/listen/http-server.ts';

/** What one listener needs of files. */
export interface ListenerCertificates extends Pick<ListenOptions, 'forwarded'> {
  readonly tls: TlsFiles | undefined;
}

/** All that listeners and client certificates need of files, read and judged. */
export interface ReadCertificates {
  /** In the order of `originsOf`. */
  readonly listeners: readonly ListenerCertificates[];
  readonly revocation: RevocationRules;
  /** What should be said of files that work. */
  readonly warnings: readonly string[];
}

/** Where no listener speaks TLS. */
export const NO_CERTIFICATES: ReadCertificates = { listeners: [], revocation: { sources: [], anchors: [], naming: new Map(), strict: false }, warnings: [] };

const forwardedBy = ({ header, from, ca, secret, proxies }: ForwardedFiles): NonNullable<ListenOptions['forwarded']> => ({
  header, secret, proxies,
  isProxy: compileNetworks(from),
  anchors: ca.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map((block) => new X509Certificate(block)),
});

/** Reads certificates, keys and lists of revoked certificates. @throws ConfigError */
export const readCertificates = async (config: Config, environment: Environment, nowMs: number): Promise<ReadCertificates> => {
  const files = readCertificateFiles(config, sourcesOf(environment, config), nowMs);
  const { rules, warnings } = await readRevocation(config, files, nowMs);
  const listeners = files.listeners.map((tls, at): ListenerCertificates => {
    const forwarded = files.forwarded[at];
    return { tls, ...(forwarded === undefined ? {} : { forwarded: forwardedBy(forwarded) }) };
  });
  return { listeners, revocation: rules, warnings: [...files.listeners.flatMap((one) => one?.warnings ?? []), ...warnings] };
};
