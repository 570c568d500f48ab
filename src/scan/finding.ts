import type { Secret } from '../model/secret.ts';

/** How sure it is: what has a checksum or a form of its own is a secret, what is only called one may be. */
export type Certainty = 'certain' | 'likely';

/** Something in a text that should not stand there. */
export interface Detection {
  /** A stable name, such as `sallyport-key`. */
  readonly rule: string;
  readonly what: string;
  readonly certainty: Certainty;
  /** Where in the text, in characters. */
  readonly from: number;
  readonly to: number;
  readonly secret: Secret;
  /** What it is in, where that has names: `mcpServers.github.env.GITHUB_TOKEN`. */
  readonly place?: string;
  /** The next step to take, where it is not that of its rule. */
  readonly next?: string;
  /** What of it is shown, where it is no secret. */
  readonly shown?: string;
}

/** What detects one kind of secret. */
export interface Detector {
  /** @param path decides for some what a text means, such as `.env` */
  detect(text: string, path: string): Promise<readonly Detection[]> | readonly Detection[];
}

/** Where a text came from. */
export interface Source {
  /** The path of a file, the URL of a server, or the name of what was asked. */
  readonly path: string;
  /** Of a text from the history: the commit that has it, and when that was made (RFC 3339). */
  readonly commit?: string | undefined;
  readonly committedAt?: string | undefined;
  /** What in it has a name of its own: a member of a client's configuration, a tool of a server. */
  readonly place?: string | undefined;
}

/** A detection with its place, as it is told: the secret itself is not in it. */
export interface Finding extends Source {
  readonly rule: string;
  readonly what: string;
  readonly certainty: Certainty;
  readonly line: number;
  readonly column: number;
  /** The beginning and the end of it, or nothing of a short one; what is no secret is shown. */
  readonly masked: string;
  /** The next step to take. */
  readonly next: string;
  /** The same secret has the same digest wherever it is found; it is salted anew in each run. */
  readonly same: string;
}

/** At most this part of a secret is shown. */
const SHOWN_PART = 3;

/** The beginning and the end of a secret, so that its owner knows it and nobody else can use it; what names its provider, where that leaves enough unseen. */
export const maskedSecret = (text: string): string => {
  const flat = text.replaceAll(/\s+/g, ' ');
  if (flat.length < 16 || flat.startsWith('-----BEGIN')) return '…';
  const shown = flat.length < 32 ? 2 : 4;
  const prefix = /^[A-Za-z]{2,10}[-_](?:[a-z]{2,6}[-_])*/.exec(flat)?.[0] ?? '';
  const begun = prefix.length + 2 * shown <= flat.length / SHOWN_PART ? prefix.length : 0;
  return `${flat.slice(0, begun + shown)}…${flat.slice(-shown)}`;
};
