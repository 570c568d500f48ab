import { originsOf } from '../../config/origins.ts';
import type { Config } from '../../config/schema.ts';
import type { ListenerCertificates } from './read-certificates.ts';
import type { World } from '../../ports/world.ts';
import { buildClientAddress } from '../../stages/listen/client-address.ts';
import { listen, type Listener, type Plane } from '../../stages/listen/http-server.ts';
import { CliError, EXIT } from '../exit.ts';

/** The sockets of the further listeners, `listen` is told of by itself and stays the first; and how each is secured, which a socket cannot change. */
const socketsOf = (config: Config): string =>
  JSON.stringify(originsOf(config).map(({ host, port, secure, staple, handshake }, at) => [...(at === 0 ? [] : [host, port]), secure, staple, handshake === 'require', handshake === 'none']));

/**
 * Sockets stay as they are over a reload, and which ways in are open must not move from one to another.
 * @throws CliError when the listeners of two configurations differ
 */
export const requireSameSockets = (before: Config, after: Config): void => {
  if (socketsOf(before) !== socketsOf(after)) throw new CliError('the listeners are others now', { exitCode: EXIT.config, cure: 'start the gateway again' });
};

interface OpenInput {
  readonly config: Config;
  /** In the order of `originsOf`. */
  readonly certificates: readonly ListenerCertificates[];
  /** Read for each request, so that a reload takes effect on the next one. */
  readonly planes: () => readonly Plane[];
  /** What is stapled to a certificate of ours. */
  readonly stapled: (certificate: Buffer) => Buffer | undefined;
  readonly mayShake: (address: string) => boolean;
  readonly world: World;
}

/** Where nothing is stapled nobody is asked for it at each handshake. */
const withStapled = (read: ListenerCertificates | undefined, stapled: OpenInput['stapled']) =>
  read?.tls?.staple === true ? { ...read, tls: { ...read.tls, stapled } } : read;

/** The listeners of a process, in the order of the configuration: opened once, closed once. */
export class Listeners {
  #open: readonly Listener[] = [];

  get ports(): readonly number[] {
    return this.#open.map(({ port }) => port);
  }

  /**
   * Opens them one by one; those that are open when one fails are closed with the rest.
   * @throws the socket's own error
   */
  async open({ config, certificates, planes, stapled, mayShake, world }: OpenInput): Promise<void> {
    const shared = { mayShake, maxBodyBytes: config.listen.maxBodyBytes, addressOf: buildClientAddress(config.listen.trustedProxies) };
    const planeOf = (at: number): Plane => {
      const plane = planes()[at];
      if (plane === undefined) throw new Error('a listener has no plane');
      return plane;
    };
    for (const [at, { host, port }] of originsOf(config).entries()) {
      this.#open = [...this.#open, await listen({ ...shared, host, port, ...withStapled(certificates[at], stapled) }, () => planeOf(at), world)];
    }
  }

  /** Gives each the certificates and keys that were read anew. */
  renew(certificates: readonly ListenerCertificates[]): void {
    for (const [at, listener] of this.#open.entries()) {
      const read = certificates[at];
      if (read !== undefined) listener.renew(read);
    }
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close(graceMs)));
  }
}
