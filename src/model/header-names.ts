const MAX_KNOWN = 512;
const MAX_LENGTH = 64;

/** RFC 9110 §5.1: a token (§5.6.2). */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Header names as they were spelled, to lower case. Programs spell the same few in every message; strangers cannot make it grow. */
const known = new Map<string, string>();

/**
 * A header name in lower case (RFC 9110 §5.1: names are case-insensitive), or undefined when it is none. The answer for a name that came
 * before is the very same string, whose hash is known: making it anew for every header of every message is what reading headers costs.
 */
export const fieldName = (spelled: string): string | undefined => {
  const found = known.get(spelled);
  if (found !== undefined) return found;
  if (!FIELD_NAME.test(spelled)) return undefined;
  const name = spelled.toLowerCase();
  if (known.size < MAX_KNOWN && spelled.length <= MAX_LENGTH) known.set(spelled, name);
  return name;
};

/**
 * Header fields by their names in lower case. Nothing is inherited, because a header may be called `__proto__` or `constructor` (H13); and it is
 * made by a constructor, because V8 keeps an object without any prototype as a hash table, which takes twice as long to fill and to go through.
 */
export const Fields = function Fields() {} as unknown as new <Value>() => Record<string, Value>; // TypeScript has classes only, and theirs inherit
Fields.prototype = Object.create(null);
