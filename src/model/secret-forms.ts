/** Base64 of a text that stands somewhere inside a longer one: three ways to fall on groups of three bytes, the ragged ends cut off. */
const base64Inside = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replaceAll('=', '');
    const first = [0, 2, 3][shift] ?? 0;
    // The last character holds bits of what follows, unless the bytes end a group.
    return encoded.slice(first, (shift + bytes.length) % 3 === 0 ? undefined : -1);
  });
};

/** How much of base64 is cut off at both ends. */
const RAGGED = 4;

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');

const formsOf = (secret: string): readonly string[] => {
  const base64 = base64Inside(secret);
  return [secret.toLowerCase(), encodeURIComponent(secret).toLowerCase(), Buffer.from(secret).toString('hex'), ...base64.map((form) => form.toLowerCase()), ...base64.map((form) => urlSafe(form).toLowerCase())];
};

/**
 * Whether a text holds a secret: as it is, percent-encoded, in hexadecimal or base64, in either letter case. Case is ignored for all
 * forms alike: a false alarm costs a header, a miss a credential.
 */
export const holdsSecret = (text: string, secret: string): boolean => {
  // No form of it is shorter, apart from the ragged ends of a very short one.
  if (secret === '' || text.length + RAGGED < secret.length) return false;
  const seen = text.toLowerCase();
  return formsOf(secret).some((form) => form !== '' && seen.includes(form));
};
