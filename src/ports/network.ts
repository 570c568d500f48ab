/** For whoever asks for nothing and only wants to know that it was taken. */
export const ANY_TYPE = '*/*';

/** One request that leaves us for a URL which configuration or a document from elsewhere names. */
export interface OutgoingRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Lower-case names. `host`, `accept` and `content-length` are set by the network. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Media types that may be answered, such as `application/json`; `+json` suffixes are named in full. The one entry of ANY_TYPE takes whatever comes. */
  readonly accept: readonly string[];
  /** Most bytes of the answer's body, after its one content coding is undone. */
  readonly maxBytes: number;
  /** Milliseconds for everything: name, connection, answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What came back, whatever its status; a redirect is an answer like any other and is never followed. */
export interface FetchedAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Why nothing came back: `refused` before anything was sent, `failed` on the way, `unfit` answers are too large, too coded or of another type. */
export class FetchError extends Error {
  readonly kind: 'refused' | 'failed' | 'unfit';

  constructor(kind: FetchError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'FetchError';
    this.kind = kind;
  }
}

/** The one way out for every URL that is fetched (attacks.md group C): private addresses are refused, redirects are not followed. */
export interface Network {
  /** @throws FetchError and nothing else */
  send(request: OutgoingRequest): Promise<FetchedAnswer>;
}
