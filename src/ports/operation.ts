import type { z } from 'zod';

/** Who runs an operation: a person at the terminal, or later a principal by HTTP. */
export interface Operator {
  readonly name: string;
  /** The credential they came with; absent at the terminal. Nobody extends the life of the key they hold (K06). */
  readonly credentialId?: string;
}

/** The one shape of every admin action: it surfaces as CLI, HTTP and console alike. */
export interface Operation<Name extends string, Input, Output, Needs> {
  readonly name: Name;
  /** One line for help texts and docs. */
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  readonly permission: string;
  run(input: Input, needs: Needs, by: Operator): Output | Promise<Output>;
}
