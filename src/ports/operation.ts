import type { z } from 'zod';

/** Who runs an operation: a person at the terminal, or later a principal by HTTP. */
export interface Operator {
  readonly name: string;
  /** The credential they came with; absent at the terminal. Nobody extends the life of the key they hold (K06). */
  readonly credentialId?: string;
  /** Whether they may read what was called with which arguments: whoever has the data directory, or a credential that says so by name. */
  readonly isAuditor?: boolean;
}

/** Where an operation is by HTTP, when its name does not say it (src/admin/http/http-shape.ts). `{id}` in the path is a member of the input. */
export interface HttpShape {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
}

/** Rights that an operation gives out or works on, as permissions and roles are written. */
export interface Handed {
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
}

/** The one shape of every admin action: it surfaces as CLI, HTTP and console alike. */
export interface Operation<Name extends string, Input, Output, Needs> {
  readonly name: Name;
  /** One line for help texts and docs. */
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  readonly permission: string;
  readonly http?: HttpShape;
  /**
   * The rights that whoever runs it by HTTP must hold himself, so that nobody raises himself (W03). An operation that changes something
   * and does not say what it hands out asks for every administrative right.
   */
  hands?(input: Input, needs: Needs): readonly Handed[];
  /** The ids of what it has made or changed, for the record: a name or a filter does not tell them later. */
  touched?(output: Output): readonly string[];
  run(input: Input, needs: Needs, by: Operator): Output | Promise<Output>;
}
