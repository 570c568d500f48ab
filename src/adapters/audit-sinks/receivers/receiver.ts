import type { Secret } from '../../../model/secret.ts';
import type { World } from '../../../ports/world.ts';
import type { LineFormat, TrailRow } from '../formats/line-formats.ts';

/** Somebody who takes records of the trail. */
export interface Receiver {
  /** Settles when the rows have been taken, as surely as the way there can tell; rejects when they are to be sent again. Never called twice at a time. */
  send(rows: readonly TrailRow[]): Promise<void>;
  close(): void;
}

/** What an entry of `audit.sinks` says, with its secrets read. A kind uses those members that it names. */
export interface ReceiverSettings {
  readonly name: string;
  readonly format: LineFormat | undefined;
  readonly path?: string | undefined;
  readonly maxBytes?: number | undefined;
  readonly keepFiles?: number | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly tls?: boolean | undefined;
  /** Certificates to trust in place of the system's, PEM. */
  readonly ca?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, Secret | string>>;
  readonly secret?: Secret | undefined;
}

export type Member = Exclude<keyof ReceiverSettings, 'name'>;

/** A kind of receiver. */
export interface ReceiverKind<Kind extends string> {
  readonly kind: Kind;
  /** What has to be said of one, and what may be. */
  readonly requires: readonly Member[];
  readonly takes: readonly Member[];
  build(settings: ReceiverSettings, world: Pick<World, 'clock' | 'log' | 'network'>): Receiver;
}

/** Settings that the configuration demands; that they are there was checked when it was read. */
export const required = <Value>(value: Value | undefined, name: string): Value => {
  if (value === undefined) throw new TypeError(`the setting ${name} is missing`);
  return value;
};
