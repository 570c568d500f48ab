import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isEvent } from '../../../model/trail-record.ts';
import type { Clock } from '../../../ports/world.ts';
import type { TrailRow } from '../formats/line-formats.ts';
import { octetCounted, syslogMessage } from '../formats/syslog-message.ts';
import { required, type Receiver, type ReceiverKind } from './receiver.ts';

const TIMEOUT_MS = 10_000;

/** Syslog has no receipts: what was written so shortly before a connection broke is sent again on the next, because nobody knows whether it arrived. */
const UNSURE_MS = 60_000;
const UNSURE_MESSAGES = 2_000;

interface SyslogSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly ca: string | undefined;
}

interface Sent {
  readonly atMs: number;
  readonly frame: string;
}

const isReady = ({ tls }: SyslogSettings): string => (tls ? 'secureConnect' : 'connect');

const open = ({ host, port, tls, ca }: SyslogSettings): Socket =>
  tls ? connectTls({ host, port, minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }) }) : connectPlain({ host, port });

/** A connection that is ready to be written to. */
const connected = (settings: SyslogSettings): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = open(settings);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('the syslog receiver does not answer in time')));
    socket.once('error', reject);
    socket.once(isReady(settings), () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });

const write = (socket: Socket, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(text, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });

/** Messages of RFC 5424 in frames that say their length, over TLS (RFC 5425) or plain TCP (RFC 6587). */
class SyslogReceiver implements Receiver {
  readonly #settings: SyslogSettings;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #socket: Socket | undefined;
  #unsure: readonly Sent[] = [];
  #closed = false;

  constructor(settings: SyslogSettings, clock: Pick<Clock, 'monotonicMs'>) {
    this.#settings = settings;
    this.#clock = clock;
  }

  async send(rows: readonly TrailRow[]): Promise<void> {
    const frames = rows.flatMap(({ record }) => (isEvent(record) ? [octetCounted(syslogMessage(record))] : []));
    if (frames.length === 0) return;
    const before = this.#socket === undefined ? this.#stillUnsure().map(({ frame }) => frame) : [];
    const socket = (this.#socket ??= await this.#connect());
    socket.setTimeout(TIMEOUT_MS);
    await write(socket, [...before, ...frames].join(''));
    socket.setTimeout(0);
    const atMs = this.#clock.monotonicMs();
    this.#unsure = [...this.#stillUnsure(), ...frames.map((frame) => ({ atMs, frame }))].slice(-UNSURE_MESSAGES);
  }

  close(): void {
    this.#closed = true;
    this.#socket?.end();
    this.#socket?.unref();
  }

  #stillUnsure(): readonly Sent[] {
    const fromMs = this.#clock.monotonicMs() - UNSURE_MS;
    return this.#unsure.filter(({ atMs }) => atMs >= fromMs);
  }

  async #connect(): Promise<Socket> {
    const socket = await connected(this.#settings);
    if (this.#closed) socket.destroy();
    // Nothing is expected from there; a receiver that goes away is noticed, and asked again with the next records.
    socket.resume().on('error', () => undefined).once('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    return socket;
  }
}

/** A syslog receiver, such as that of a SIEM. */
export const syslog: ReceiverKind<'syslog'> = {
  kind: 'syslog',
  requires: ['host'],
  takes: ['host', 'port', 'tls', 'ca'],
  // 6514 is the port of syslog over TLS (RFC 5425 §4.1), 601 that over TCP (RFC 6587 §3).
  build: ({ host, tls = true, port = tls ? 6_514 : 601, ca }, { clock }) => new SyslogReceiver({ host: required(host, 'host'), port, tls, ca }, clock),
};
