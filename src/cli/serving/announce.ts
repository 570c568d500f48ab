import { writeFileSync } from 'node:fs';
import type { Config } from '../../config/schema.ts';
import { inUrl } from '../../config/origins.ts';
import { saveCompiled } from '../compile-cache.ts';
import { runtimeFileIn, type Runtime } from '../home.ts';

/** What a gateway that listens tells of itself. */
export interface Announced {
  readonly config: Config;
  readonly url: string;
  /** Of the first listener. */
  readonly port: number;
  readonly metricsPort: number;
  /** The file that its configuration came from. */
  readonly file: string | undefined;
  readonly nowMs: number;
}

/** Where the first listener is reached from this machine; one that speaks TLS has a certificate for the names that clients use, so its file tells who it is. */
const reachedOf = ({ listen: { host, tls } }: Config, port: number): Pick<Runtime, 'local' | 'secure'> => {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const place = `${inUrl(reached)}:${String(port)}`;
  return tls === undefined ? { local: `http://${place}` } : { secure: { local: `https://${place}`, certificate: tls.cert } };
};

/** Leaves word of a gateway for `sallyport status`. */
export const announce = (directory: string, { config, url, port, metricsPort, file, nowMs }: Announced): void => {
  const runtime: Runtime = {
    pid: process.pid,
    url,
    ...reachedOf(config, port),
    ...(metricsPort === 0 ? {} : { metrics: `http://127.0.0.1:${String(metricsPort)}/metrics` }),
    servers: Object.keys(config.servers),
    ...(file === undefined ? {} : { config: file }),
    startedAt: new Date(nowMs).toISOString(),
  };
  writeFileSync(runtimeFileIn(directory), JSON.stringify(runtime), { mode: 0o600 });
  saveCompiled(); // whoever is killed later leaves it to his next start
};
