import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Base64 of a text that stands anywhere in a longer one, without the characters that depend on what stands beside it. */
const base64Inside = (secret: string): readonly string[] =>
  [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString('base64').replace(/=+$/, '');
    return encoded.slice([0, 2, 3][shift], (shift + Buffer.byteLength(secret)) % 3 === 0 ? undefined : -1);
  });

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');

/** What a secret looks like where somebody wrote it down: as it is, as JSON or a URL writes it, in base64 and in hex; of a signed one each part by itself. */
export const formsOf = (secret: string): readonly string[] => {
  const parts = secret.split('.').filter((part) => part.length >= 20);
  const whole = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('hex').toUpperCase(), ...base64Inside(secret), ...base64Inside(secret).map(urlSafe)];
  return [...new Set([...whole, ...parts])].filter((form) => form.length >= 12);
};

/** What is packed in a text of bytes, wherever a member of gzip begins (RFC 1952 §2.3.1). */
const unpacked = (text: string): string => {
  const found: string[] = [];
  for (let at = text.indexOf('\u001f\u008b\u0008'); at >= 0; at = text.indexOf('\u001f\u008b\u0008', at + 1)) {
    try {
      found.push(gunzipSync(Buffer.from(text.slice(at), 'latin1')).toString('latin1'));
    } catch {
      // three bytes that only look like it
    }
  }
  return found.join('\n');
};

/** Which secrets stand in which places, whatever form they have there. */
export const hiddenIn = (places: Readonly<Record<string, string>>, secrets: ReadonlyMap<string, string>): readonly string[] => {
  const whole = Object.entries(places).map(([place, text]) => [place, `${text}\n${unpacked(text)}`] as const);
  return [...secrets].flatMap(([name, secret]) => formsOf(secret).flatMap((form) => whole.flatMap(([place, text]) => (text.includes(form) ? [`${name} in ${place}`] : []))));
};

/** Every file of a folder, byte for byte. */
export const filesIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')]));
