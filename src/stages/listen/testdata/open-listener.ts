import { CapturedLog } from '../../../../test/world/captured-log.ts';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import { Dialogue } from '../../../../test/world/raw-http.ts';
import { ScriptedNetwork } from '../../../../test/world/scripted-network.ts';
import { seededRandom } from '../../../../test/world/seeded-random.ts';
import { GatewayError } from '../../../errors/gateway-error.ts';
import type { Inbound, Reply } from '../../../model/exchange.ts';
import { listen, type Listener, type RawRefusal } from '../http-server.ts';

export const whole = (body: Buffer | string = 'ok', more: Partial<Extract<Reply, { kind: 'whole' }>> = {}): Reply => ({ kind: 'whole', status: 200, headers: {}, body, ...more });

/** Answers what was thrown with its status and code, and with the headers it asks for. */
const refused = (thrown: unknown): Reply => {
  if (!(thrown instanceof GatewayError)) throw thrown;
  return whole(thrown.code, { status: thrown.row.status, headers: thrown.circumstances.headers ?? {} });
};

interface Seen {
  readonly inbounds: Inbound[];
  readonly malformed: (RawRefusal & { readonly address: string })[];
  readonly waiting: ((inbound: Inbound) => void)[];
}

/** A listener on loopback whose requests a test answers, in hand-moved time. */
export class OpenListener implements AsyncDisposable {
  readonly inbounds: Seen['inbounds'];
  readonly malformed: Seen['malformed'];
  readonly clock: MovedClock;
  readonly log: CapturedLog;
  readonly #listener: Listener;
  readonly #waiting: Seen['waiting'];

  private constructor(listener: Listener, world: { readonly clock: MovedClock; readonly log: CapturedLog }, seen: Seen) {
    this.#listener = listener;
    ({ clock: this.clock, log: this.log } = world);
    ({ inbounds: this.inbounds, malformed: this.malformed, waiting: this.#waiting } = seen);
  }

  static async start(handle: (inbound: Inbound) => Reply | Promise<Reply> = () => whole(), maxBodyBytes = 1_000): Promise<OpenListener> {
    const [clock, log] = [new MovedClock(), new CapturedLog()];
    const seen: Seen = { inbounds: [], malformed: [], waiting: [] };
    const plane = {
      plain: (method: string, target: string) => (method === 'GET' && target === '/healthz' ? whole('alive') : undefined),
      async handle(inbound: Inbound): Promise<Reply> {
        seen.inbounds.push(inbound);
        for (const tell of seen.waiting.splice(0)) tell(inbound);
        try {
          return await handle(inbound);
        } catch (thrown) {
          return refused(thrown);
        }
      },
      malformed: (address: string, refusal: RawRefusal) => Promise.resolve(void seen.malformed.push({ ...refusal, address })),
    };
    const listener = await listen({ host: '127.0.0.1', port: 0, maxBodyBytes, addressOf: (socketAddress) => socketAddress }, () => plane, { clock, log, random: seededRandom(), network: new ScriptedNetwork() });
    return new OpenListener(listener, { clock, log }, seen);
  }

  /** The next request, as soon as its head has come. */
  next(): Promise<Inbound> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  connect(options?: ConstructorParameters<typeof Dialogue>[1]): Dialogue {
    return new Dialogue(this.#listener.port, options);
  }

  get port(): number {
    return this.#listener.port;
  }

  close(graceMs = 1_000): Promise<void> {
    return this.#listener.close(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#listener.close(1);
    this.clock.move(5_000);
    await closed;
  }
}
