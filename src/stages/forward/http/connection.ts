import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ResponseParser, type AnswerHead } from './response-parser.ts';

/** One request as bytes: head and body in one buffer, hence one write. */
export interface WireRequest {
  readonly bytes: Buffer;
}

/** How the reader of an answer steers its connection. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** Ends the connection; nothing more is delivered. */
  abort(): void;
}

/** Who receives an answer. */
export interface AnswerReader {
  onStart(flow: Flow): void;
  onHead(head: AnswerHead): void;
  onBody(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

export interface ConnectionEvents {
  /** The connection has a request to send; it wants `flush` before this turn of the event loop is over. */
  readonly ready: (connection: Connection) => void;
  /** The exchange is over and the connection may carry another one for `idleMs`. */
  readonly idle: (connection: Connection, idleMs: number) => void;
  readonly gone: (connection: Connection) => void;
}

/** Shorter than the 5 s after which Node's own servers close an idle connection, so that we are the ones to let go. */
const DEFAULT_IDLE_MS = 4_000;
const MAX_IDLE_MS = 60_000;

const errorWithCode = (message: string, code: string): Error => Object.assign(new Error(message), { code });

/** `Keep-Alive: timeout=N`, less a second for the way. */
const idleTimeOf = (field: string): number => {
  const said = /timeout=(\d{1,6})/.exec(field)?.[1];
  return said === undefined ? DEFAULT_IDLE_MS : Math.min(MAX_IDLE_MS, Math.max(0, Number(said) - 1) * 1000);
};

/** A server says the same in each answer. */
let lastSaid = { field: '', idleMs: DEFAULT_IDLE_MS };

const idleTime = (head: AnswerHead | undefined): number => {
  const field = String(head?.headers['keep-alive'] ?? '');
  if (field !== lastSaid.field) lastSaid = { field, idleMs: idleTimeOf(field) };
  return lastSaid.idleMs;
};

/**
 * Every connection reads into it, one after the other, and what is kept is copied out before the next read: a buffer for each piece that
 * comes, with the stream it goes through, costs more than reading the answer in it.
 */
const PAGE = Buffer.allocUnsafeSlow(64 * 1024);

/** @param receive is given bytes that are gone when it returns */
const openSocket = (url: URL, receive: (bytes: Buffer) => void): Socket => {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port === '' ? (secure ? 443 : 80) : url.port);
  const onread = {
    buffer: PAGE,
    callback: (length: number): boolean => {
      receive(PAGE.subarray(0, length));
      return true;
    },
  };
  // A name of its own, because the types of node:tls do not know that it takes what node:net takes.
  const options = { host, port, servername: host, ALPNProtocols: ['http/1.1'], onread };
  return secure ? connectTls(options) : connectPlain({ host, port, onread });
};

/** One keep-alive connection to an upstream; it carries one exchange at a time. */
export class Connection implements Flow {
  readonly #socket: Socket;
  readonly #parser = new ResponseParser();
  readonly #events: ConnectionEvents;
  #reader: AnswerReader | undefined;
  #head: AnswerHead | undefined;
  #unsent: Buffer | undefined;
  #over = false;

  constructor(url: URL, connectTimeoutMs: number, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = openSocket(url, (bytes) => this.#receive(bytes));
    this.#socket.setNoDelay(true);
    this.#socket.setTimeout(connectTimeoutMs, () => this.#fail(errorWithCode('the connection was not made in time', 'ETIMEDOUT')));
    this.#socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => this.#socket.setTimeout(0));
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(errorWithCode('the connection was closed', 'ECONNRESET')));
  }

  /** Sends one request; its answer goes to the reader. */
  exchange(request: WireRequest, reader: AnswerReader): void {
    this.#reader = reader;
    this.#head = undefined;
    this.#parser.begin(this);
    this.#unsent = request.bytes;
    reader.onStart(this);
    if (!this.#over) this.#events.ready(this);
  }

  /** Sends what `exchange` has put down. */
  flush(): void {
    const bytes = this.#unsent;
    this.#unsent = undefined;
    if (bytes !== undefined && !this.#over) this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  abort(): void {
    this.#reader = undefined;
    this.#fail(errorWithCode('the exchange was given up', 'ECONNABORTED'));
  }

  onHead(head: AnswerHead): void {
    this.#head = head;
    this.#reader?.onHead(head);
  }

  onBody(chunk: Buffer): void {
    this.#reader?.onBody(Buffer.from(chunk));
  }

  onEnd(reusable: boolean): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.onEnd();
    const idleMs = idleTime(this.#head);
    if (!reusable || idleMs === 0 || this.#over) this.abort();
    else this.#events.idle(this, idleMs);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#parser.feed(chunk);
    } catch (error) {
      this.#fail(error instanceof Error ? error : errorWithCode('the answer cannot be read', 'BAD_ANSWER'));
    }
  }

  #ended(): void {
    try {
      this.#parser.end();
      this.abort();
    } catch {
      this.#fail(errorWithCode('the connection ended inside an answer', 'ECONNRESET'));
    }
  }

  #fail(error: Error): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (!this.#over) {
      this.#over = true;
      this.#socket.destroy();
      this.#events.gone(this);
    }
    reader?.onError(error);
  }
}
