import type { AlarmChannels } from '../ports/alarm-channel.ts';
import type { AuditReader } from '../ports/audit-sink.ts';
import type { KeyHashing } from '../ports/key-hashing.ts';
import type { ClientRegister } from '../ports/client-register.ts';
import type { Store } from '../ports/store.ts';
import type { Secret } from '../model/secret.ts';
import type { World } from '../ports/world.ts';

/** What admin operations may touch. */
export interface AdminNeeds {
  readonly store: Store;
  readonly hasher: KeyHashing;
  /** Clients of the authorization server. */
  readonly clients: ClientRegister;
  /** The audit trail, for reading. */
  readonly trail: Pick<AuditReader, 'before' | 'positionAt'>;
  /** Who is told of alarms. */
  readonly channels: AlarmChannels;
  readonly world: Pick<World, 'clock' | 'random'>;
  /** Told of each key that a bulk operation has dealt with, as soon as it has. */
  readonly progress?: (done: number, item: BulkItem) => void | Promise<void>;
}

/** What became of one key in a bulk operation. */
export interface BulkItem {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  /** `would` in a dry run. */
  readonly outcome: 'done' | 'refused' | 'would';
  readonly reason?: string;
  /** Of a rotation: the successor and its secret, this once. */
  readonly successor?: string;
  readonly secret?: Secret;
}

/** An operation was refused; `message` says why and what to do. */
export class OperationRefused extends Error {}

/** What an operation is about is not there. */
export class NothingFound extends OperationRefused {}

/** What was sent cannot be read; nothing of how things are is in its way. */
export class NotUnderstood extends OperationRefused {}

/** The error that a refusal is by HTTP and in the audit trail. */
export const codeOf = (refusal: OperationRefused): 'admin.not-found' | 'admin.input' | 'admin.refused' => {
  if (refusal instanceof NotUnderstood) return 'admin.input';
  return refusal instanceof NothingFound ? 'admin.not-found' : 'admin.refused';
};
