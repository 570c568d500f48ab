import type { AuditEvent } from '../model/audit-event.ts';
import type { Changed } from '../model/changed.ts';
import type { Answered, Inbound, Reply } from '../model/exchange.ts';

/** The widest type the exchange has reached: what a refusal and the audit record can know. */
export type Walked = Inbound & Partial<Omit<Answered, keyof Inbound>> & {
  /** What an operation of the admin plane has come to. */
  readonly changed?: Changed | undefined;
  /** The record that was written before a write went on. */
  readonly intent?: AuditEvent | undefined;
};

/** Where the time of an exchange goes is said by when it came this far. */
export type Milestone = 'caller' | 'decision' | 'answer';

/** The audit record of one exchange: opened first, closed exactly once, whatever happens between. */
export interface Trail {
  /** Remembers how far the exchange has come. */
  saw<Step extends Inbound>(step: Step): Step;
  /** Notes the time: the caller is known, the call is decided, the server has begun to answer. */
  reached(milestone: Milestone): void;
  /** Writes the intent record before a write is forwarded or an operation changes something (G06); nothing for reads. */
  intend(): Promise<void> | undefined;
  /** Closes the record with the reply; the reply's end waits until the record is durable. */
  close(reply: Reply): Promise<Reply>;
  /** Closes the record with what was thrown, and answers in the caller's dialect. */
  refuse(thrown: unknown): Promise<Reply>;
}
