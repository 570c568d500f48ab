import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CertificateMode } from '../../model/certificate.ts';
import type { Expiring } from '../../model/expiring.ts';
import { Secret } from '../../model/secret.ts';
import { ConfigError, type ConfigFault } from '../config-error.ts';
import { resolveValue, type Sources } from '../secret-ref.ts';
import type { Config } from '../schema.ts';
import { readClientIssuers } from './client-issuers.ts';
import type { ForwardedConfig } from './forwarded-schema.ts';
import { PemFault } from './read-pem.ts';
import { readServerCertificate, type ServerCertificate } from './server-certificate.ts';
import { connectionModeOf } from './tls-mode.ts';
import type { TlsConfig } from './tls-schema.ts';

/** What a listener needs for TLS, as it was in the files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Empty where no client is asked for a certificate. */
  readonly ca: readonly string[];
  readonly mode: CertificateMode;
  /** Whether what its responder says of it is stapled. */
  readonly staple: boolean;
  /** What should be said of files that work. */
  readonly warnings: readonly string[];
  readonly endings: readonly Expiring[];
}

/** Clients refuse a certificate that must have an answer stapled to it and has none. */
const stapleWarnings = ({ staple }: TlsConfig, where: string, { mustStaple, unstapled }: ServerCertificate): readonly string[] => {
  if (staple && unstapled !== undefined) return [`${where}.staple: nothing can be stapled to the certificate: ${unstapled}`];
  return mustStaple && !staple ? [`the certificate of ${where} must have an answer of its responder stapled to it, or clients refuse it: say ${where}.staple: true`] : [];
};

const readOne = (tls: TlsConfig, where: string, nowMs: number): TlsFiles => {
  const mode = connectionModeOf(tls);
  const own = readServerCertificate(tls, nowMs);
  const issuers = tls.ca === undefined || mode === 'none' ? undefined : readClientIssuers(tls.ca, nowMs);
  const cure = 'renew it; the new file is taken up while the gateway runs';
  const endings: readonly Expiring[] = [
    { kind: 'server', name: where, what: `the certificate of ${where}`, cure, fromMs: own.fromMs, expiresAtMs: own.expiresAtMs },
    ...(issuers === undefined ? [] : [{ kind: 'issuer' as const, name: where, what: `an issuer of client certificates of ${where}`, cure, fromMs: issuers.fromMs, expiresAtMs: issuers.expiresAtMs }]),
  ];
  return { cert: own.cert, key: own.key, ca: issuers?.ca ?? [], mode, staple: tls.staple, warnings: [...own.warnings, ...stapleWarnings(tls, where, own), ...(issuers?.warnings ?? [])], endings };
};

/** TLS of every listener with where it stands in the file. */
const sectionsOf = ({ listen, listeners }: Pick<Config, 'listen' | 'listeners'>): readonly { readonly where: string; readonly tls: TlsConfig | undefined }[] => [
  { where: 'listen.tls', tls: listen.tls },
  ...listeners.map(({ tls }, at) => ({ where: `listeners.${String(at)}.tls`, tls })),
];

/**
 * Reads certificates and keys of all listeners, in the order of `originsOf`.
 * @throws ConfigError with everything that is wrong
 */
export const readTls = (config: Pick<Config, 'listen' | 'listeners'>, nowMs: number): readonly (TlsFiles | undefined)[] => {
  const faults: ConfigFault[] = [];
  const read = sectionsOf(config).map(({ where, tls }) => {
    try {
      return tls === undefined ? undefined : readOne(tls, where, nowMs);
    } catch (error) {
      if (!(error instanceof PemFault)) throw error;
      faults.push({ path: where, message: error.message });
      return undefined;
    }
  });
  if (faults.length > 0) throw new ConfigError('certificates', faults);
  return read;
};

/** Every file that is named for TLS and client certificates: their changes are followed. */
export const tlsPaths = (config: Pick<Config, 'listen' | 'listeners' | 'certificates' | 'servers'>): readonly string[] => [
  ...new Set([...sectionsOf(config).flatMap(({ tls }) => (tls === undefined ? [] : [tls.cert, tls.key, ...(tls.ca ?? [])])), ...[config.listen, ...config.listeners].flatMap(({ forwardedCertificates }) => forwardedCertificates?.ca ?? []), ...namingPaths(config).keys(), ...(config.certificates.revocation.lists ?? [])]),
];

/** A file as it was read. */
interface ReadFile {
  readonly path: string;
  readonly content: Buffer;
}

/** What a listener needs for certificates that a proxy forwards. */
export interface ForwardedFiles extends Pick<ForwardedConfig, 'header' | 'from'> {
  /** PEM, one text for each file. */
  readonly ca: readonly string[];
  readonly secret: Secret | undefined;
  readonly proxies: ReadonlySet<string>;
}

const LEAST_SECRET = 16;

const readSecret = (text: string, where: string, sources: Sources): Secret => {
  const secret = resolveValue(text, where, sources);
  const value = typeof secret === 'string' ? secret : secret.reveal();
  if (value.length < LEAST_SECRET || !/^[\x21-\x7e]+$/.test(value)) throw new PemFault(`secret: has fewer than ${String(LEAST_SECRET)} characters, or others than a header may have: make one by "openssl rand -hex 32"`);
  return new Secret(value);
};

/** Reads what proxies forward certificates with. @throws ConfigError */
const readForwarded = ({ listen, listeners }: Pick<Config, 'listen' | 'listeners'>, sources: Sources, nowMs: number): readonly (ForwardedFiles | undefined)[] =>
  [listen, ...listeners].map(({ forwardedCertificates }, at) => {
    if (forwardedCertificates === undefined) return undefined;
    const where = `${at === 0 ? 'listen' : `listeners.${String(at - 1)}`}.forwardedCertificates`;
    const { header, from, secret, proxies, ca } = forwardedCertificates;
    try {
      return { header, from, ca: readClientIssuers(ca, nowMs).ca, secret: secret === undefined ? undefined : readSecret(secret, `${where}.secret`, sources), proxies: new Set(proxies) };
    } catch (error) {
      throw error instanceof PemFault ? new ConfigError('certificates', [{ path: where, message: error.message }]) : error;
    }
  });

/** Files with issuers that count for one entry of `certificates.identities` or one server alone, each with where it is named. */
const namingPaths = ({ certificates, servers }: Pick<Config, 'certificates' | 'servers'>): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(servers).flatMap(([server, { clientCa = [] }]) => clientCa.map((path) => [path, `servers.${server}.clientCa`] as const)),
    ...(certificates.identities ?? []).flatMap(({ ca = [] }) => ca.map((path) => [path, 'certificates.identities'] as const)),
  ]);

/** Reads them. @throws ConfigError */
const readNaming = (config: Pick<Config, 'certificates' | 'servers'>, nowMs: number): ReadonlyMap<string, string> =>
  new Map([...namingPaths(config)].map(([path, where]) => {
    try {
      return [path, readClientIssuers([path], nowMs).ca.join('\n')] as const;
    } catch (error) {
      throw error instanceof PemFault ? new ConfigError('certificates', [{ path: where, message: error.message }]) : error;
    }
  }));

/** All that is read from files for TLS and client certificates. */
export interface CertificateFiles {
  /** In the order of `originsOf`. */
  readonly listeners: readonly (TlsFiles | undefined)[];
  /** What is forwarded by proxies, in the same order. */
  readonly forwarded: readonly (ForwardedFiles | undefined)[];
  /** PEM of those who may name clients in some way alone, by the path of the file. */
  readonly naming: ReadonlyMap<string, string>;
  /** Lists of revoked certificates, not looked into yet. */
  readonly lists: readonly ReadFile[];
}

const MOST_LIST_BYTES = 64 * 1024 * 1024;

const readList = (path: string): ReadFile => {
  try {
    const content = readFileSync(path);
    if (content.length > MOST_LIST_BYTES) throw new PemFault('is larger than 64 MiB');
    return { path, content };
  } catch (error) {
    const why = error instanceof PemFault ? error.message : 'cannot be read: check the path and its permissions';
    throw new ConfigError('certificates', [{ path: 'certificates.revocation.lists', message: `${path} ${why}` }]);
  }
};

/** Reads all files that are named for TLS and client certificates. @throws ConfigError */
export const readCertificateFiles = (config: Pick<Config, 'listen' | 'listeners' | 'certificates' | 'servers'>, sources: Sources, nowMs: number): CertificateFiles => ({ listeners: readTls(config, nowMs), forwarded: readForwarded(config, sources, nowMs), naming: readNaming(config, nowMs), lists: (config.certificates.revocation.lists ?? []).map(readList) });

/** Where no listener speaks TLS. */
export const NO_CERTIFICATE_FILES: CertificateFiles = { listeners: [], forwarded: [], naming: new Map(), lists: [] };

const placed = (tls: TlsConfig, folder: string): TlsConfig => ({ ...tls, cert: resolve(folder, tls.cert), key: resolve(folder, tls.key), ...(tls.ca === undefined ? {} : { ca: tls.ca.map((path) => resolve(folder, path)) }) });

const placedIn = <Entry extends { readonly tls?: TlsConfig | undefined; readonly forwardedCertificates?: ForwardedConfig | undefined }>(entry: Entry, folder: string): Entry => ({
  ...entry,
  ...(entry.tls === undefined ? {} : { tls: placed(entry.tls, folder) }),
  ...(entry.forwardedCertificates === undefined ? {} : { forwardedCertificates: { ...entry.forwardedCertificates, ca: entry.forwardedCertificates.ca.map((path) => resolve(folder, path)) } }),
});

/** The configuration with the names of its files as they are from anywhere. @param folder where the configuration file is */
export const withTlsPaths = (config: Config, folder: string): Config => ({
  ...config,
  listen: placedIn(config.listen, folder),
  certificates: { ...config.certificates, ...(config.certificates.identities === undefined ? {} : { identities: config.certificates.identities.map((entry) => (entry.ca === undefined ? entry : { ...entry, ca: entry.ca.map((path) => resolve(folder, path)) })) }), revocation: { ...config.certificates.revocation, lists: config.certificates.revocation.lists?.map((path) => resolve(folder, path)) }, ...(config.certificates.renewal === undefined ? {} : { renewal: { ...config.certificates.renewal, authority: resolve(folder, config.certificates.renewal.authority) } }) },
  listeners: config.listeners.map((entry) => placedIn(entry, folder)),
  servers: Object.fromEntries(Object.entries(config.servers).map(([name, entry]) => [name, entry.clientCa === undefined ? entry : { ...entry, clientCa: entry.clientCa.map((path) => resolve(folder, path)) }])),
});
