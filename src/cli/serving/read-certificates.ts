import { X509Certificate } from 'node:crypto';
import { AuthorityRefused } from '../../adapters/pki/authority-refused.ts';
import { renewingAuthority } from '../../adapters/pki/renewing-authority.ts';
import { realClock, realRandom } from '../../adapters/world/world.ts';
import { ConfigError } from '../../config/config-error.ts';
import { sourcesOf, type Environment } from '../../config/secret-ref.ts';
import type { Config } from '../../config/schema.ts';
import { readCertificateFiles, type ForwardedFiles, type TlsFiles } from '../../config/tls/read-tls.ts';
import { compileNetworks } from '../../model/networks.ts';
import type { Expiring } from '../../model/expiring.ts';
import { durationMs } from '../../model/duration.ts';
import type { CertificateRenewal } from '../../ports/certificate-renewal.ts';
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
  /** Who renews the certificates of clients; absent where nobody does. */
  readonly renewal?: CertificateRenewal | undefined;
  /** What should be said of files that work. */
  readonly warnings: readonly string[];
  /** What of them ends, and when. */
  readonly endings: readonly Expiring[];
}

/** Where no listener speaks TLS. */
export const NO_CERTIFICATES: ReadCertificates = { listeners: [], revocation: { sources: [], anchors: [], naming: new Map(), strict: false }, warnings: [], endings: [] };

const forwardedBy = ({ header, from, ca, secret, proxies }: ForwardedFiles): NonNullable<ListenOptions['forwarded']> => ({
  header, secret, proxies,
  isProxy: compileNetworks(from),
  anchors: ca.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map((block) => new X509Certificate(block)),
});

const renewalBy = ({ certificates: { renewal } }: Config): CertificateRenewal | undefined => {
  if (renewal === undefined) return undefined;
  try {
    return renewingAuthority({ path: renewal.authority, lifeMs: durationMs(renewal.for) ?? 0 }, { clock: realClock, random: realRandom }); // the schema lets nothing else through
  } catch (error) {
    throw error instanceof AuthorityRefused ? new ConfigError('certificates', [{ path: 'certificates.renewal.authority', message: `${error.message}: ${error.cure}` }]) : error;
  }
};

/** Reads certificates, keys and lists of revoked certificates. @throws ConfigError */
export const readCertificates = async (config: Config, environment: Environment, nowMs: number): Promise<ReadCertificates> => {
  const files = readCertificateFiles(config, sourcesOf(environment, config), nowMs);
  const { rules, warnings, endings } = await readRevocation(config, files, nowMs);
  const listeners = files.listeners.map((tls, at): ListenerCertificates => {
    const forwarded = files.forwarded[at];
    return { tls, ...(forwarded === undefined ? {} : { forwarded: forwardedBy(forwarded) }) };
  });
  return { listeners, revocation: rules, renewal: renewalBy(config), warnings: [...files.listeners.flatMap((one) => one?.warnings ?? []), ...warnings], endings: [...files.listeners.flatMap((one) => one?.endings ?? []), ...endings] };
};
