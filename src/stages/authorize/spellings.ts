/** How often percent-encoding is taken off: who encodes twice hopes that two readers decode. */
const LAYERS = 3;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Scheme and authority are the same in upper and lower case (RFC 3986 §6.2.2.1). */
const lowerHead = (uri: string): string => uri.replace(/^[^/?#]*(?:\/\/[^/?#]*)?/, (head) => head.toLowerCase());

/** The spellings of a URI that a server could take for the same address: as written, decoded, and with a lower-case head. */
export const spellingsOf = (uri: string): readonly string[] => {
  const found = new Set([uri, lowerHead(uri)]);
  let text = uri;
  for (let layer = 0; layer < LAYERS; layer += 1) {
    text = decoded(text);
    found.add(text).add(lowerHead(text));
  }
  return [...found];
};
