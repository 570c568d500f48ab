import type { z } from 'zod';

/** The one shape of every extension: one file, one line in its room's `list.ts`. */
export interface Plug<Name extends string, Options, Needs, Product> {
  readonly name: Name;
  /** Its section of the config; docs/config.md and the editor's schema come from it. */
  readonly options: z.ZodType<Options>;
  build(options: Options, needs: Needs): Product;
}
