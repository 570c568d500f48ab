import { ambiguous } from './fault.ts';
import { skipNumber } from './skip-number.ts';
import { skipString } from './skip-string.ts';

/** How much structure a body may have. Time and memory grow with structure far more than with bytes (attacks.md N15, G13). */
export interface Bounds {
  /** Nested objects and arrays; the outermost is 1. */
  readonly depth: number;
  /** Members of all objects together: each may cost a hidden class of its own. */
  readonly members: number;
  /** Opening brackets and commas, which is nearly the number of values. */
  readonly values: number;
}

const QUOTE = 1;
const NUMBER = 2;
const OPEN = 3;
const CLOSE = 4;
const COLON = 5;
const COMMA = 6;

/** What a byte means outside a string; 0 is everything that needs no attention here. */
const KINDS = new Uint8Array(256);
for (const [kind, characters] of [[QUOTE, '"'], [NUMBER, '-0123456789'], [OPEN, '{['], [CLOSE, '}]'], [COLON, ':'], [COMMA, ',']] as const) {
  for (const character of characters) KINDS[character.codePointAt(0) ?? 0] = kind;
}

const requireAtMost = (bound: number, count: number, what: string): void => {
  if (count > bound) throw ambiguous(`more than ${bound} ${what}`);
};

/**
 * One pass over the bytes of a JSON text, for what JSON.parse does not refuse. It need not understand malformed text,
 * because JSON.parse reads the same text next.
 * @returns the number of members in all objects
 * @throws GatewayError `rpc.invalid` or `rpc.parse`, see skipNumber and skipString; `rpc.invalid` beyond a bound
 */
export const scanJson = (bytes: Buffer, bounds: Bounds): number => {
  const end = bytes.length;
  let depth = 0;
  let members = 0;
  let values = 0;
  let at = 0;
  while (at < end) {
    switch (KINDS[bytes[at] ?? 0]) {
      case QUOTE:
        at = skipString(bytes, at + 1);
        continue;
      case NUMBER:
        at = skipNumber(bytes, at);
        continue;
      case OPEN:
        depth += 1;
        values += 1;
        if (depth > bounds.depth) throw ambiguous(`nesting deeper than ${bounds.depth}`, at);
        break;
      case CLOSE:
        depth -= 1;
        break;
      case COLON:
        members += 1;
        break;
      case COMMA:
        values += 1;
        break;
      default:
    }
    at += 1;
  }
  requireAtMost(bounds.members, members, 'members');
  requireAtMost(bounds.values, values, 'values');
  return members;
};
