import { Secret } from '../../model/secret.ts';
import { entropyOf, isPlaceholder } from '../placeholder.ts';
import type { Detection, Detector } from '../finding.ts';

const KIND = /^kind:\s*["']?Secret["']?\s*$/m;
const ENTRY = /^[ \t]+[\w.-]+:[ \t]*["']?(?<value>[A-Za-z0-9+/]{8,}={0,2})["']?[ \t]*$/gm;

const isText = (text: string): boolean => text.length > 0 && !text.includes('\u{FFFD}') && !/[\u0000-\u0008\u000e-\u001f]/.test(text);

const detectedIn = (document: string, at: number): readonly Detection[] =>
  [...document.matchAll(ENTRY)].flatMap((match) => {
    const value = match.groups?.['value'] ?? '';
    const plain = Buffer.from(value, 'base64').toString('utf8');
    if (!isText(plain) || isPlaceholder(plain.trim()) || entropyOf(plain) < 2.5) return [];
    const from = at + match.index + match[0].lastIndexOf(value);
    return [{ rule: 'kubernetes-secret', what: 'a value of a Kubernetes Secret, which base64 does not hide', certainty: 'certain' as const, from, to: from + value.length, secret: new Secret(value) }];
  });

/** What stands in manifests of the kind Secret: base64 is no cover. */
export const kubernetes: Detector = {
  detect(text) {
    if (!KIND.test(text)) return [];
    let at = 0;
    return text.split(/^---/m).flatMap((document) => {
      const start = text.indexOf(document, at);
      at = start + document.length;
      const data = document.search(/^data:/m);
      return KIND.test(document) && data >= 0 ? detectedIn(document.slice(data), start + data) : [];
    });
  },
};
