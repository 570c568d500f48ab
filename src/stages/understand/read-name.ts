import type { JsonValue } from '../../model/json.ts';
import { refusal } from './refusal.ts';

/** In UTF-16 code units. Addresses may carry a path and a query, names need not. */
const LONGEST = { name: 1024, uri: 8192, taskId: 1024 } as const;
/** C0, DEL and C1: a control character in a name is a trick on a terminal, a header or a C string (attacks.md G01). */
const CONTROL = /\p{Cc}/u;
/** A segment of one or two dots: whoever resolves the address (RFC 3986 §5.2.4, WHATWG URL) reads another one than policy (Q04). */
const DOT_SEGMENT = /(?:^|[/\\:]|%2f|%5c)(?:\.|%2e){1,2}(?=[/\\?#]|%2f|%5c|$)/i;

/** The members of `params` that say what a call is about. */
export type Naming = keyof typeof LONGEST;

/**
 * A name, URI or task id exactly as it was sent: never normalised, never decoded (attacks.md N14).
 * @param member what it is called, for the refusal
 * @throws GatewayError `rpc.params` when it is missing, no string, empty, too long, has control characters or dot segments
 */
export const readName = (value: JsonValue | undefined, member: Naming): string => {
  if (typeof value !== 'string' || value === '') throw refusal('rpc.params', `${member} is missing or not a string`);
  if (value.length > LONGEST[member]) throw refusal('rpc.params', `${member} is longer than ${LONGEST[member]} characters`);
  if (CONTROL.test(value)) throw refusal('rpc.params', `${member} has control characters`);
  if (member === 'uri' && DOT_SEGMENT.test(value)) throw refusal('rpc.params', 'uri has a segment of dots');
  return value;
};
