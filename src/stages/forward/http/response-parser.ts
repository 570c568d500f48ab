import { fieldName, Fields } from '../../../model/header-names.ts';

/** The head of an upstream's answer. */
export interface AnswerHead {
  readonly status: number;
  /** Lower-case names; a repeated header keeps all its values. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Receives one answer, in this order: head, body pieces, end. */
export interface AnswerSink {
  onHead(head: AnswerHead): void;
  onBody(chunk: Buffer): void;
  /** @param reusable whether the connection may carry another exchange */
  onEnd(reusable: boolean): void;
}

/** The bytes are no HTTP/1.1 answer, or one that two readers could understand differently. */
export class AnswerSyntaxError extends Error {
  readonly code = 'BAD_ANSWER';
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 4 * 1024;

type State = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'until-close' | 'done';

const malformedLine = (): AnswerSyntaxError => new AnswerSyntaxError('a malformed header line');

const [TAB, LF, CR, SPACE, DEL] = [0x09, 0x0a, 0x0d, 0x20, 0x7f];

/**
 * Whether field lines hold what none may (RFC 9110 §5.5): one look at the whole head in place of one at each value, and a loop, because an
 * expression that looks around itself takes four times as long.
 */
const isForbidden = (text: string, from: number): boolean => {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code >= SPACE && code !== DEL) || code === TAB) continue;
    const isLineEnd = (code === CR && text.charCodeAt(at + 1) === LF) || (code === LF && text.charCodeAt(at - 1) === CR);
    if (!isLineEnd) return true;
  }
  return false;
};

const isBlank = (code: number): boolean => code === SPACE || code === TAB;

const trimmed = (text: string, from: number, to: number): string => {
  let [first, last] = [from, to];
  while (first < last && isBlank(text.charCodeAt(first))) first += 1;
  while (last > first && isBlank(text.charCodeAt(last - 1))) last -= 1;
  return text.slice(first, last);
};

/** @param text field lines from `from` on, without the last line end */
const readFields = (text: string, from: number): Record<string, string | string[]> => {
  const headers: Record<string, string | string[]> = new Fields();
  if (isForbidden(text, from)) throw malformedLine();
  for (let at = from; at < text.length; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon > end) throw malformedLine();
    const name = fieldName(text.slice(at, colon));
    if (name === undefined) throw malformedLine();
    const value = trimmed(text, colon + 1, end);
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = typeof before === 'string' ? [before, value] : [...before, value];
    at = end + LINE_END.length;
  }
  return headers;
};

/** Nearly every answer begins as the one before. */
let lastStatus = { line: '', old: false, status: 0 };

/** `old` where it is HTTP/1.0. @throws AnswerSyntaxError */
const readStatus = (line: string): typeof lastStatus => {
  if (line === lastStatus.line) return lastStatus;
  const [, minor, status] = STATUS_LINE.exec(line) ?? [];
  if (minor === undefined) throw new AnswerSyntaxError('a malformed status line');
  lastStatus = { line, old: minor === '0', status: Number(status) };
  return lastStatus;
};

/**
 * Reads HTTP/1.1 answers (RFC 9112) piece by piece, strictly: an answer that says its length twice, or in two ways, ends the
 * connection instead of being guessed at (request smuggling's twin on the way back).
 */
export class ResponseParser {
  #state: State = 'head';
  #held: Buffer = Buffer.alloc(0);
  #left = 0;
  #reusable = true;
  #sink: AnswerSink | undefined;

  /** Gets ready for the next answer on the connection. */
  begin(sink: AnswerSink): void {
    this.#sink = sink;
    this.#state = 'head';
    this.#reusable = true;
  }

  /** Whether an answer is awaited or under way. */
  get busy(): boolean {
    return this.#sink !== undefined;
  }

  /**
   * @param chunk not looked at any more when this returns; pieces of a body are views of it
   * @throws AnswerSyntaxError
   */
  feed(chunk: Buffer): void {
    let bytes: Buffer | undefined = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = EMPTY;
    while (bytes !== undefined && bytes.length > 0) {
      if (this.#sink === undefined) throw new AnswerSyntaxError('bytes that no request asked for');
      bytes = this.#step(this.#sink, bytes);
    }
  }

  /** The connection has ended; an answer without a length is complete only now. @throws AnswerSyntaxError */
  end(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    if (this.#state !== 'until-close') throw new AnswerSyntaxError('the connection ended inside an answer');
    this.#finish(sink);
  }

  /** Takes what it can; the rest comes back, or undefined when more bytes are needed first. */
  #step(sink: AnswerSink, bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        return this.#head(sink, bytes);
      case 'length':
      case 'chunk-data':
        return this.#data(sink, bytes);
      case 'chunk-size':
      case 'chunk-end':
      case 'trailer':
        return this.#line(sink, bytes);
      default:
        sink.onBody(bytes);
        return undefined;
    }
  }

  #head(sink: AnswerSink, bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(HEAD_END);
    if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) throw new AnswerSyntaxError('a head larger than 64 KiB');
    if (end < 0) return this.#wait(bytes);
    const text = bytes.toString('latin1', 0, end);
    const first = text.indexOf('\r\n');
    const { old, status } = readStatus(first < 0 ? text : text.slice(0, first));
    const rest = bytes.subarray(end + HEAD_END.length);
    const head = { status, headers: readFields(text, first < 0 ? end : first + LINE_END.length) };
    if (head.status === 101) throw new AnswerSyntaxError('an upgrade nobody asked for');
    // Interim answers such as 103 come before the one that counts.
    if (head.status < 200) return rest;
    this.#frame(head, old);
    sink.onHead(head);
    if (this.#state === 'done') this.#finish(sink);
    return rest;
  }

  /** How the body ends (RFC 9112 §6.3). */
  #frame({ status, headers }: AnswerHead, old: boolean): void {
    const length = headers['content-length'];
    const coding = typeof headers['transfer-encoding'] === 'string' ? headers['transfer-encoding'].toLowerCase() : headers['transfer-encoding'];
    const connection = String(headers['connection'] ?? '').toLowerCase();
    this.#reusable = connection === 'keep-alive' || (!old && (connection === '' || !connection.split(/ *, */).includes('close')));
    if (coding !== undefined && (length !== undefined || coding !== 'chunked' || old)) throw new AnswerSyntaxError('a body framed in two ways, or in one that is not known');
    if (length !== undefined && (typeof length !== 'string' || !/^\d{1,15}$/.test(length))) throw new AnswerSyntaxError('a malformed Content-Length');
    this.#left = Number(length ?? 0);
    if (status === 204 || status === 304 || (length !== undefined && this.#left === 0)) this.#state = 'done';
    else if (coding !== undefined) this.#state = 'chunk-size';
    else this.#state = length === undefined ? 'until-close' : 'length';
    if (this.#state === 'until-close') this.#reusable = false;
  }

  #data(sink: AnswerSink, bytes: Buffer): Buffer | undefined {
    const taken = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= taken.length;
    if (taken.length > 0) sink.onBody(taken);
    if (this.#left === 0 && this.#state === 'length') this.#finish(sink);
    else if (this.#left === 0) this.#state = 'chunk-end';
    return bytes.subarray(taken.length);
  }

  #line(sink: AnswerSink, bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(LINE_END);
    if (end > MAX_LINE_BYTES || (end < 0 && bytes.length > MAX_LINE_BYTES)) throw new AnswerSyntaxError('a chunk line longer than 4 KiB');
    if (end < 0) return this.#wait(bytes);
    const line = bytes.toString('latin1', 0, end);
    if (this.#state === 'chunk-end') {
      if (line !== '') throw new AnswerSyntaxError('a chunk longer than it says');
      this.#state = 'chunk-size';
    } else if (this.#state === 'chunk-size') this.#size(line);
    else if (line === '') this.#finish(sink);
    else this.#trailer(line);
    return bytes.subarray(end + LINE_END.length);
  }

  /** Trailers are checked and dropped: nothing reads them, and there is an end to them. */
  #trailer(line: string): void {
    readFields(line, 0);
    this.#left += line.length;
    if (this.#left > MAX_HEAD_BYTES) throw new AnswerSyntaxError('trailers larger than 64 KiB');
  }

  #size(line: string): void {
    const [, digits] = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7e]*)?$/.exec(line) ?? [];
    if (digits === undefined) throw new AnswerSyntaxError('a malformed chunk size');
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailer' : 'chunk-data';
  }

  #wait(bytes: Buffer): undefined {
    this.#held = Buffer.from(bytes);
    return undefined;
  }

  #finish(sink: AnswerSink): void {
    this.#sink = undefined;
    this.#state = 'head';
    sink.onEnd(this.#reusable);
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
