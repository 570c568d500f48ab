/** The folder of an authority that cannot be used, in words for whoever named it. */
export class AuthorityRefused extends Error {
  readonly cure: string;

  constructor(message: string, options: { readonly cure: string; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.cure = options.cure;
  }
}
