import type { Secret } from '../../model/secret.ts';

/** How a client is told that a value is elsewhere. */
export type Lift =
  /** By a text in its place, such as `${NAME}`. */
  | { readonly kind: 'variable'; readonly reference: (name: string) => string }
  /** By `${input:ID}`, for which the client asks once and keeps what it is told. */
  | { readonly kind: 'input' }
  /** By members of its own that name variables. */
  | { readonly kind: 'codex' }
  /** Not at all: what it starts has to fetch the value itself. */
  | { readonly kind: 'bridge' };

/** Where folders of a person are on this machine. */
export interface Folders {
  readonly platform: string;
  readonly home: string;
  /** `%APPDATA%` on Windows. */
  readonly roaming: string;
  /** `$XDG_CONFIG_HOME` on Linux. */
  readonly config: string;
}

/** One kind of file in which an MCP client keeps its servers. */
export interface ClientFile {
  readonly client: string;
  readonly format: 'json' | 'toml';
  /** The members that hold servers, from the top; `*` is any. */
  readonly servers: readonly (readonly string[])[];
  readonly lift: Lift;
  /** Where it is for a person, as parts of a path. */
  readonly ofPerson: (folders: Folders) => readonly (readonly string[])[];
  /** Where it is in a project. */
  readonly inProject: readonly (readonly string[])[];
}

/** A secret in such a file. */
export interface Literal {
  readonly server: string;
  /** Where its text stands, from the top. */
  readonly path: readonly (string | number)[];
  /** The whole text there, of which the characters from `from` up to `to` are the secret. */
  readonly text: Secret;
  readonly from: number;
  readonly to: number;
}

/** What takes a secret out of a file. */
export type Lifted =
  | { readonly kind: 'lifted'; readonly text: string; /** What is left to do, where the value is to be put. */ readonly set: string }
  | { readonly kind: 'by-hand'; /** What to do instead. */ readonly cure: string };

export interface LiftRequest {
  /** The text of the file. */
  readonly text: string;
  readonly literal: Literal;
  readonly client: string;
  /** Of the variable, or of what is asked. */
  readonly name: string;
  /** Where a key may be put for what is started without variables. */
  readonly keyFile: string;
}
