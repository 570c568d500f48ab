import type { CertificateFacts } from '../../model/certificate.ts';
import { CliError, EXIT } from '../exit.ts';

/** An entry of `certificates.identities`. */
interface IdentityEntry {
  readonly cn?: string;
  readonly dns?: string;
  readonly uri?: string;
  readonly email?: string;
  readonly as?: string;
}

const KUBERNETES = /^(spiffe:\/\/[^/{}]+\/ns\/)[^/{}]+\/sa\/[^/{}]+$/;

/** Workloads of a cluster are named alike, so that one entry does for all. */
const byUri = (uri: string): IdentityEntry => {
  const [, beginning] = KUBERNETES.exec(uri) ?? [];
  return beginning === undefined ? { uri } : { uri: `${beginning}{ns}/sa/{sa}`, as: 'service:{ns}/{sa}' };
};

const only = (values: readonly string[]): string | undefined => (values.length === 1 ? values[0] : undefined);

/**
 * What would name the client of a certificate: by what its issuer vouches for most exactly, which is a URI before a DNS name, and that before
 * an address and a common name.
 * @throws CliError where nothing in it can name just one client
 */
export const entryFor = ({ ambiguous, uris, dns, emails, commonName }: CertificateFacts): IdentityEntry => {
  const [uri, host, email] = [only(uris), only(dns), only(emails)];
  if (ambiguous === undefined) {
    if (uri !== undefined) return byUri(uri);
    if (host !== undefined) return { dns: host };
    if (email !== undefined) return { email };
    if (commonName !== undefined) return { cn: commonName };
  }
  throw new CliError(`no entry could name its client: ${ambiguous ?? 'it has several names of a kind, or none'}`, { exitCode: EXIT.findings, cure: 'have it issued anew with one name: a URI, a DNS name or a common name' });
};
