import type { McpCall } from './call.ts';
import type { CertificateRecord, CertifiedClient, PeerCertificate } from './certificate.ts';
import type { Hangup } from './hangup.ts';
import type { Permit } from './permit.ts';
import type { CredentialPlace, Principal } from './principal.ts';
import type { Route } from './route.ts';
import type { Secret } from './secret.ts';

/** Request headers, lower-case name to value; a doubled header is refused by admit, so each has one value. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** A reason to refuse a request by its head alone. */
export type HeaderFlaw =
  | { readonly kind: 'doubled'; readonly name: string }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'expectation' }
  | { readonly kind: 'body-refused' }
  | { readonly kind: 'http-version' }
  | { readonly kind: 'coding' }
  | { readonly kind: 'target' };

/** One HTTP request as the listener hands it on; the body is still unread (nothing is parsed before the caller is known). */
export interface Inbound {
  /** `req_…`, in the reply's `X-Request-Id`, the audit record and every log line. */
  readonly id: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly atMs: number;
  /** Monotonic clock, milliseconds: durations only. */
  readonly startMs: number;
  readonly method: string;
  /** The request target before `?`, exactly as sent: never decoded, never normalised (P04). */
  readonly path: string;
  /** The request target after `?`, without it; empty when absent. */
  readonly query: string;
  readonly headers: RequestHeaders;
  /** What is wrong with the request's framing and headers, in the order found; admit refuses by the first. */
  readonly flaws: readonly HeaderFlaw[];
  /** The caller's address: the socket's, or the last untrusted hop behind configured proxies (L01). */
  readonly address: string;
  /** What the client of the connection has shown, good or not; absent where it has shown none. */
  readonly certificate?: PeerCertificate | undefined;
  /** SHA-256 of the client's certificate, base64url (RFC 8705 §3.1); absent without one that was found good for this very request. */
  readonly certificateThumbprint?: string | undefined;
  /** Reads the whole body once, within the size bound; at once where it has come with its head. */
  readonly readBody: () => Buffer | Promise<Buffer>;
  /** Tells when the caller has left. */
  readonly hangup: Hangup;
}

export type Routed = Inbound & { readonly route: Route };

/** `suspected`: this address has guessed too often; only credentials that cannot be guessed are still looked at (K12). */
export type Shielded = Routed & {
  readonly suspected: boolean;
  /** The client's certificate, where it was found good for this very request. */
  readonly certified?: CertifiedClient | undefined;
  /** What the trail says of it, good or not. */
  readonly certificateRecord?: CertificateRecord | undefined;
};

/** `credentials` are what was presented, so that they can be kept from travelling on (P02). */
export type Identified = Shielded & { readonly principal: Principal; readonly via: CredentialPlace; readonly credentials: readonly Secret[] };

/** `body` holds the original bytes, which are what goes upstream: what policy read is what the upstream gets. */
export type Understood = Identified & {
  readonly call: McpCall;
  readonly body: Buffer | undefined;
  /** Legacy `Mcp-Session-Id`; never present in the modern era. */
  readonly sessionId: string | undefined;
};

export type Permitted = Understood & { readonly permit: Permit };

/** `quota` is what the RateLimit reply headers say; `slots` what a call holds while it runs, where calls in flight are bounded. */
export type Admitted = Permitted & { readonly quota: Quota | undefined; readonly slots: Slots | undefined };

/** A call's place among those in flight. */
export interface Slots {
  /** Gives it back, once; the trail does so when the exchange is over, however it ended. */
  release(): void;
}

export interface Quota {
  readonly policy: string;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly limit: number;
  /** Of a quota: how long its period is. */
  readonly windowSeconds?: number;
}

/** `upstreamHeaders` are all headers that go upstream: an allow-list, then our own last (H08, H11). */
export type Prepared = Admitted & { readonly upstreamHeaders: Readonly<Record<string, string>> };

/** Reply headers; names in title case because some clients compare them that way (W7). */
export type ReplyHeaders = Readonly<Record<string, string>>;

/** What goes back: whole, or as a stream that may be read once. */
export type Reply =
  | { readonly kind: 'whole'; readonly status: number; readonly headers: ReplyHeaders; readonly body: Buffer | string; /** `Set-Cookie`, the one header that may stand there several times. */ readonly cookies?: readonly string[] }
  | { readonly kind: 'stream'; readonly status: number; readonly headers: ReplyHeaders; readonly stream: AsyncIterable<Uint8Array> };

/** `toolError` where the result says that the tool failed (`isError`); it is known when the answer has been looked at. */
export type Answered = Prepared & { readonly answer: Reply; readonly toolError?: true | undefined };

/** A reply that needs no upstream and is no error, such as a CORS preflight: thrown to leave the pipeline early. */
export class Detour extends Error {
  readonly reply: Reply;

  constructor(reason: string, reply: Reply) {
    super(reason);
    this.reply = reply;
  }
}

/** Why a streamed reply ended before its source did; the stream then ends cleanly and the audit record says why. */
export class StreamEnd extends Error {
  /** `revoked`, `stopping`, `upstream-failed` … */
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** What the stages between `Inbound` and `Answered` add. */
type Learned = Omit<Answered, keyof Inbound>;

/**
 * Begins an exchange with room for all that the stages will learn: V8 makes room in an object that was made too small by copying it,
 * again at every few members.
 */
export const beginExchange = (inbound: Inbound): Inbound => {
  const exchange: Inbound & Record<keyof Learned, undefined> = {
    id: inbound.id,
    atMs: inbound.atMs,
    startMs: inbound.startMs,
    method: inbound.method,
    path: inbound.path,
    query: inbound.query,
    headers: inbound.headers,
    flaws: inbound.flaws,
    address: inbound.address,
    certificate: inbound.certificate,
    certificateThumbprint: inbound.certificateThumbprint,
    readBody: inbound.readBody,
    hangup: inbound.hangup,
    route: undefined,
    suspected: undefined,
    certified: undefined,
    certificateRecord: undefined,
    principal: undefined,
    via: undefined,
    credentials: undefined,
    call: undefined,
    body: undefined,
    sessionId: undefined,
    permit: undefined,
    quota: undefined,
    slots: undefined,
    upstreamHeaders: undefined,
    answer: undefined,
    toolError: undefined,
  };
  return exchange;
};

/**
 * The next stage's type: the same exchange with more known about it. It widens in place, because an exchange belongs to one
 * request and copying it nine times cost more than deciding it; nothing that was known may change.
 */
export const widen = <Step extends object, More extends object>(step: Step, more: More): Step & More => Object.assign(step, more);
