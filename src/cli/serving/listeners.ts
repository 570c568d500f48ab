import { originsOf } from '../../config/origins.ts';
import type { Config } from '../../config/schema.ts';
import type { World } from '../../ports/world.ts';
import { buildClientAddress } from '../../stages/listen/client-address.ts';
import { listen, type Listener, type Plane } from '../../stages/listen/http-server.ts';
import { CliError, EXIT } from '../exit.ts';

/** The sockets of the further listeners: `listen` is told of by itself, and stays the first. */
const socketsOf = (config: Config): string => JSON.stringify(originsOf(config).slice(1).map(({ host, port }) => [host, port]));

/**
 * Sockets stay as they are over a reload, and which ways in are open must not move from one to another.
 * @throws CliError when the listeners of two configurations differ
 */
export const requireSameSockets = (before: Config, after: Config): void => {
  if (socketsOf(before) !== socketsOf(after)) throw new CliError('the listeners are others now', { exitCode: EXIT.config, cure: 'start the gateway again' });
};

/** The listeners of a process, in the order of the configuration: opened once, closed once. */
export class Listeners {
  #open: readonly Listener[] = [];

  get ports(): readonly number[] {
    return this.#open.map(({ port }) => port);
  }

  /**
   * Opens them one by one; those that are open when one fails are closed with the rest.
   * @param planes read for each request, so that a reload takes effect on the next one
   * @throws the socket's own error
   */
  async open(config: Config, planes: () => readonly Plane[], world: World): Promise<void> {
    const shared = { maxBodyBytes: config.listen.maxBodyBytes, addressOf: buildClientAddress(config.listen.trustedProxies) };
    const planeOf = (at: number): Plane => {
      const plane = planes()[at];
      if (plane === undefined) throw new Error('a listener has no plane');
      return plane;
    };
    for (const [at, { host, port }] of originsOf(config).entries()) {
      this.#open = [...this.#open, await listen({ ...shared, host, port }, () => planeOf(at), world)];
    }
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close(graceMs)));
  }
}
