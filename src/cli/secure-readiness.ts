import { readFileSync } from 'node:fs';
import { realClock } from '../adapters/world/world.ts';
import type { Presented } from '../bridge/credentials.ts';
import { unreachedBecause } from '../bridge/failures.ts';
import { openWay, Unreached } from '../bridge/post.ts';
import { textOf } from '../bridge/receive.ts';
import { CliError, EXIT } from './exit.ts';
import { readNamed } from './key-from.ts';
import type { Readiness, Runtime } from './home.ts';

/** How a gateway that speaks TLS is asked. */
export interface SecureAsking {
  /** Whom to trust in place of the very certificate that the gateway has in its file; it is asked at its public URL then. */
  readonly ca?: string;
  /** What is shown to a gateway that asks for a certificate. */
  readonly cert?: string;
  readonly key?: string;
}

const PATIENCE_MS = 3_000;

const shown = ({ cert, key }: SecureAsking): Pick<Presented, 'certificate' | 'privateKey'> => {
  if ((cert === undefined) !== (key === undefined)) throw new CliError('a certificate needs its private key, and the key its certificate', { exitCode: EXIT.usage, cure: 'sallyport status --cert client.crt --key client.key' });
  return { certificate: cert === undefined ? undefined : readNamed(cert, '--cert'), privateKey: key === undefined ? undefined : readNamed(key, '--key') };
};

const ownCertificate = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new CliError(`the certificate of the gateway, ${path}, cannot be read`, { exitCode: EXIT.unreachable, cure: 'ask as the user that runs the gateway, or name who has signed it: sallyport status --ca FILE' });
  }
};

/** Whom to ask, and by what it is known. */
const wayTo = ({ url, secure }: Runtime, asking: SecureAsking): readonly [URL, Presented] => {
  if (asking.ca !== undefined) return [new URL('/readyz', url), { ...shown(asking), authority: readNamed(asking.ca, '--ca') }];
  return [new URL('/readyz', secure?.local ?? url), { ...shown(asking), ...(secure === undefined ? {} : { pinned: ownCertificate(secure.certificate) }) }];
};

/** A handshake that ends for want of a certificate was with a gateway that lives. */
const wantsCertificate = (code: string): boolean => code.includes('CERTIFICATE_REQUIRED') || code.includes('HANDSHAKE_FAILURE');

/** Asks a gateway over TLS, by its own certificate. @throws CliError when it does not answer */
export const secureReadiness = async (runtime: Runtime, asking: SecureAsking): Promise<Readiness> => {
  const [url, presented] = wayTo(runtime, asking);
  const way = openWay(url, presented);
  const late = new AbortController();
  const cancel = realClock.after(PATIENCE_MS, () => late.abort());
  try {
    return JSON.parse(await textOf(await way.send({ method: 'GET', headers: {}, signal: late.signal }))) as Readiness; // our own probe's two members
  } catch (error) {
    if (error instanceof Unreached && asking.cert === undefined && wantsCertificate(error.code)) return { status: 'running', reasons: ['it asks for a client certificate: "sallyport status --cert client.crt --key client.key" asks whether calls can succeed'] };
    throw new CliError(`the gateway at ${url.origin} (pid ${String(runtime.pid)}) does not answer: ${error instanceof Unreached ? unreachedBecause(error) : 'not in time, or not as one'}`, { exitCode: EXIT.unreachable, cure: 'see its log; where another program ends TLS in front of it, name who has signed that: sallyport status --ca FILE' });
  } finally {
    cancel();
    way.close();
  }
};
