/** A certificate as a proxy forwards it, and the issuers that came with it, in DER. */
export interface Forwarded {
  readonly der: Buffer;
  readonly issuers: readonly Buffer[];
}

/** What a proxy sent cannot be read in just one way; the message is for the record. */
export class ForwardedFault extends Error {}

const MOST_CHARACTERS = 64 * 1024;

/** One binary of RFC 8941 §3.3.5, in the one way that base64 writes its bytes. */
const binary = (item: string): Buffer => {
  const text = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(item)?.[1];
  const bytes = text === undefined ? undefined : Buffer.from(text, 'base64');
  if (bytes === undefined || bytes.toString('base64') !== text) throw new ForwardedFault('what the proxy sent is no certificate between colons (RFC 9440 §2.2)');
  return bytes;
};

/** `Client-Cert` and `Client-Cert-Chain` (RFC 9440). @throws ForwardedFault */
export const readClientCert = (certificate: string, chain: string | undefined): Forwarded => {
  if (certificate.length + (chain?.length ?? 0) > MOST_CHARACTERS) throw new ForwardedFault('what the proxy sent is too long');
  return { der: binary(certificate.trim()), issuers: chain === undefined || chain.trim() === '' ? [] : chain.split(',').map((item) => binary(item.trim())) };
};

const KEYS: ReadonlySet<string> = new Set(['by', 'hash', 'cert', 'chain', 'subject', 'uri', 'dns']);
/** These may come more than once in an element. */
const REPEATED: ReadonlySet<string> = new Set(['by', 'uri', 'dns']);

/**
 * One pair at the place, and what ends it. A value with `,`, `;` or `=` in it stands between quotation marks, in which `\"` is one; a quotation
 * mark anywhere else would be read in two ways.
 */
const PAIR = /([A-Za-z]+)=("(?:[^"\\]|\\["\\])*"|[^",;=\s]*)([,;]|$)/y;

type Element = ReadonlyMap<string, string>;

const unquoted = (value: string): string => (value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : value);

const pairsOf = (text: string): readonly (readonly [string, string, string])[] => {
  const pairs: (readonly [string, string, string])[] = [];
  PAIR.lastIndex = 0;
  for (let at = 0; at < text.length; at = PAIR.lastIndex) {
    PAIR.lastIndex = at;
    const [, key = '', value = '', end = ''] = PAIR.exec(text) ?? [];
    if (!KEYS.has(key.toLowerCase()) || (end !== '' && PAIR.lastIndex === text.length)) throw new ForwardedFault('what the proxy sent is no X-Forwarded-Client-Cert that can be read in one way');
    pairs.push([key.toLowerCase(), unquoted(value), end]);
  }
  return pairs;
};

/** The last element: each proxy adds its own at the end, and only the last proxy is known to us (X06). */
const lastElement = (text: string): Element => {
  let element = new Map<string, string>();
  let ended = false;
  for (const [key, value, end] of pairsOf(text)) {
    if (ended) element = new Map();
    if (element.has(key) && !REPEATED.has(key)) throw new ForwardedFault('what the proxy sent says one thing twice');
    element.set(key, value);
    ended = end === ',';
  }
  return element;
};

const BLOCK = /-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----\s*/y;

const blocksIn = (escaped: string): readonly Buffer[] => {
  const text = (() => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      throw new ForwardedFault('what the proxy sent is escaped wrongly');
    }
  })();
  const found: Buffer[] = [];
  for (let at = 0; at < text.length; at = BLOCK.lastIndex) {
    BLOCK.lastIndex = at;
    const body = BLOCK.exec(text)?.[1]?.replaceAll(/\s/g, '');
    const der = Buffer.from(body ?? '', 'base64');
    if (body === undefined || der.toString('base64') !== body) throw new ForwardedFault('what the proxy sent is no certificate in PEM');
    found.push(der);
  }
  return found;
};

/** `X-Forwarded-Client-Cert` as Envoy writes it; the certificate itself must be in it. @param hashOf SHA-256, hexadecimal @throws ForwardedFault */
export const readXfcc = (text: string, hashOf: (der: Buffer) => string): Forwarded => {
  if (text.length > MOST_CHARACTERS) throw new ForwardedFault('what the proxy sent is too long');
  const element = lastElement(text);
  const [der, ...more] = blocksIn(element.get('cert') ?? '');
  if (der === undefined || more.length > 0) throw new ForwardedFault('the proxy sends no certificate, or several: let it forward just that of the client (in Envoy set_current_client_cert_details.cert)');
  const hash = element.get('hash');
  if (hash !== undefined && hash.toLowerCase() !== hashOf(der)) throw new ForwardedFault('what the proxy sent has the hash of another certificate');
  const chain = blocksIn(element.get('chain') ?? '');
  return { der, issuers: chain[0]?.equals(der) === true ? chain.slice(1) : chain };
};
