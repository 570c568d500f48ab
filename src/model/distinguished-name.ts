/** One attribute of a name: its type as an OID, and what it says. */
export type NameAttribute = readonly [type: string, value: string];

/** Attribute types by the names that RFC 4514 §3 and OpenSSL write, in lower case. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['cn', '2.5.4.3'], ['o', '2.5.4.10'], ['ou', '2.5.4.11'], ['c', '2.5.4.6'], ['l', '2.5.4.7'], ['st', '2.5.4.8'], ['street', '2.5.4.9'], ['serialnumber', '2.5.4.5'],
  ['uid', '0.9.2342.19200300.100.1.1'], ['dc', '0.9.2342.19200300.100.1.25'], ['emailaddress', '1.2.840.113549.1.9.1'],
]);

const OID = /^\d+(?:\.\d+)+$/;

/** One RDN with one attribute at the place, and what ends it (RFC 4514 §3); `+`, `#` at the start and signs that must be escaped are not read. */
const PART = /\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=\s*((?:[^"+,;<>\\#\s=]|\\(?:[ "#+,;<=>\\]|[0-9A-Fa-f]{2}))(?:(?:[^"+,;<>\\]|\\(?:[ "#+,;<=>\\]|[0-9A-Fa-f]{2}))*(?:[^"+,;<>\\\s]|\\(?:[ "#+,;<=>\\]|[0-9A-Fa-f]{2})))?)\s*(,|$)/y;

/** Escapes are of bytes in UTF-8 or of single signs; undefined where the bytes are none. */
const unescaped = (text: string): string | undefined => {
  const bytes = Buffer.concat([...text.matchAll(/\\([0-9A-Fa-f]{2})|\\(.)|([^\\]+)/gsu)].map(([, hex, sign, plain]) => (hex === undefined ? Buffer.from(sign ?? plain ?? '') : Buffer.from(hex, 'hex'))));
  const value = bytes.toString('utf8');
  return Buffer.from(value).equals(bytes) ? value : undefined;
};

/**
 * Reads a distinguished name as RFC 4514 writes it, the most particular attribute first, which is the reverse of the certificate's own order.
 * Undefined for what is none, and for several attributes in one place.
 * @returns the attributes in the order of the certificate
 */
export const readDistinguishedName = (text: string): readonly NameAttribute[] | undefined => {
  const found: NameAttribute[] = [];
  let isMore = true;
  for (let at = 0; isMore; at = PART.lastIndex) {
    PART.lastIndex = at;
    const [, type = '', written = '', end] = PART.exec(text) ?? [];
    const [known, value] = [OID.test(type) ? type : TYPES.get(type.toLowerCase()), unescaped(written)];
    if (end === undefined || known === undefined || value === undefined || value === '') return undefined;
    found.unshift([known, value]);
    isMore = end === ',';
  }
  return found;
};

/** Whether two names are the same, attribute by attribute and byte for byte: whoever compares less strictly lets in somebody who is called nearly so. */
export const isSameName = (one: readonly NameAttribute[], other: readonly NameAttribute[]): boolean =>
  one.length === other.length && one.every(([type, value], at) => other[at]?.[0] === type && other[at][1] === value);
