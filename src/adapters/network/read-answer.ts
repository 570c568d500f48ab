import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ANY_TYPE, FetchError, type FetchedAnswer, type OutgoingRequest } from '../../ports/network.ts';

const unfit = (why: string, cause?: unknown): FetchError => new FetchError('unfit', why, cause);

type Wanted = Pick<OutgoingRequest, 'accept' | 'maxBytes'>;

/** Headers of which a second one would make two readers read two answers. */
const ONCE = ['content-type', 'content-encoding', 'content-length', 'location'];

const unzip = promisify(gunzip);

const headersOf = (message: IncomingMessage): Readonly<Record<string, string>> => {
  const names = message.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const doubled = ONCE.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (doubled !== undefined) throw unfit(`the answer has ${doubled} twice`);
  // Cookies are the one header that comes as a list; nobody here takes any.
  return Object.fromEntries(Object.entries(message.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
};

/** Whether the answer is of a type that is read at all; JSON and JWTs are UTF-8 or ASCII, so any other charset is a trick. */
const isWanted = (contentType: string | undefined, accept: readonly string[]): boolean => {
  if (accept.includes(ANY_TYPE)) return true;
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';').map((part) => part.trim());
  return accept.includes(type) && parameters.every((parameter) => !parameter.startsWith('charset') || /^charset="?utf-8"?$/.test(parameter));
};

const collect = async (message: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw unfit(`the answer is larger than ${String(maxBytes)} bytes`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw unfit(`the answer is larger than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  if (!message.complete) throw new FetchError('failed', 'the answer was cut short');
  return Buffer.concat(chunks);
};

/** Undoes one content coding, within the bound: a bomb is given up when it is too large, not when it is whole (S08). */
const decode = async (body: Buffer, coding: string, maxBytes: number): Promise<Buffer> => {
  if (coding === '' || coding === 'identity') return body;
  if (coding !== 'gzip' && coding !== 'x-gzip') throw unfit('the answer has a content coding that was not asked for, or several');
  try {
    return await unzip(body, { maxOutputLength: maxBytes });
  } catch (error) {
    throw unfit('the answer cannot be decompressed, or is too large then', error);
  }
};

/**
 * Reads an answer within its bounds. What is no success is told by its status; its body is read only where it is of a wanted type.
 * @throws FetchError `unfit` or `failed`
 */
export const readAnswer = async (message: IncomingMessage, { accept, maxBytes }: Wanted): Promise<FetchedAnswer> => {
  const status = message.statusCode ?? 0;
  const headers = headersOf(message);
  const isSuccess = Math.floor(status / 100) === 2;
  if (!isWanted(headers['content-type'], accept)) {
    if (isSuccess) throw unfit(`the answer is not ${accept.join(' or ')}`);
    return { status, headers, body: Buffer.alloc(0) };
  }
  const body = await collect(message, maxBytes);
  return { status, headers, body: await decode(body, (headers['content-encoding'] ?? '').trim().toLowerCase(), maxBytes) };
};
