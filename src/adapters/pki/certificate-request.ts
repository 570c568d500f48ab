import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { AlgorithmIdentifier, Attribute, Name, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { pem, type CertificateLibrary } from './certificate-library.ts';
import { algorithmOf, schemeOf, signatureBy } from './signing.ts';

/** What a request says (RFC 2986 §4.1). */
interface RequestInfo {
  version: number;
  subject: Name;
  key: SubjectPublicKeyInfo;
  attributes: Attribute[];
}

interface SignedRequest {
  info: RequestInfo;
  infoRaw?: ArrayBuffer;
  algorithm: AlgorithmIdentifier;
  signature: ArrayBuffer;
}

interface Shapes {
  readonly Info: new () => RequestInfo;
  readonly Request: new () => SignedRequest;
}

/** The two structures of RFC 2986, described to the library as it describes its own; without decorators, which Node does not strip. */
const describe = ({ AlgorithmIdentifier: Algorithm, AsnProp, AsnPropTypes, Attribute: One, Name: Whole, SubjectPublicKeyInfo: Key }: CertificateLibrary): Shapes => {
  class Info implements RequestInfo {
    version = 0;
    subject = new Whole();
    key = new Key();
    attributes: Attribute[] = [];
  }
  AsnProp({ type: AsnPropTypes.Integer })(Info.prototype, 'version');
  AsnProp({ type: Whole })(Info.prototype, 'subject');
  AsnProp({ type: Key })(Info.prototype, 'key');
  AsnProp({ type: One, repeated: 'set', context: 0, implicit: true })(Info.prototype, 'attributes');
  class Request implements SignedRequest {
    info: RequestInfo = new Info();
    infoRaw?: ArrayBuffer;
    algorithm = new Algorithm();
    signature = new ArrayBuffer(0);
  }
  AsnProp({ type: Info, raw: true })(Request.prototype, 'info');
  AsnProp({ type: Algorithm })(Request.prototype, 'algorithm');
  AsnProp({ type: AsnPropTypes.BitString })(Request.prototype, 'signature');
  return { Info, Request };
};

let described: Shapes | undefined;
const shapes = (library: CertificateLibrary): Shapes => (described ??= describe(library));

/** Why a request is not taken, in words for the record. */
export class RequestFlaw extends Error {}

/** What was asked for, by somebody who holds the key. */
export interface CertificateRequest {
  readonly publicKey: KeyObject;
  readonly subject: Name;
  /** Whole extensions that are asked for, by their type, in DER. */
  readonly extensions: ReadonlyMap<string, Buffer>;
}

const MOST_BYTES = 16 * 1024;
const LINES = /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]*)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/;
const ASKED_EXTENSIONS = '1.2.840.113549.1.9.14';

const derOf = (body: Buffer): Buffer => {
  if (body.length > MOST_BYTES) throw new RequestFlaw('it is larger than 16 KiB');
  const lines = LINES.exec(body.toString('latin1'))?.[1];
  return lines === undefined ? body : Buffer.from(lines, 'base64');
};

const parse = (der: Buffer, library: CertificateLibrary): SignedRequest => {
  try {
    const request = library.AsnConvert.parse(der, shapes(library).Request);
    // What the library would write in another way could be read in another way, too.
    if (Buffer.from(library.AsnConvert.serialize(request)).equals(der)) return request;
  } catch {
    // Said below.
  }
  throw new RequestFlaw('it is no PKCS#10 request in PEM or DER');
};

const extensionsIn = (attributes: readonly Attribute[], { AsnConvert, Extensions }: CertificateLibrary): ReadonlyMap<string, Buffer> => {
  const found = new Map<string, Buffer>();
  for (const { values } of attributes.filter(({ type }) => type === ASKED_EXTENSIONS)) {
    for (const extension of values.flatMap((value) => [...AsnConvert.parse(value, Extensions)])) {
      if (found.has(extension.extnID)) throw new RequestFlaw('it asks for an extension twice');
      found.set(extension.extnID, Buffer.from(AsnConvert.serialize(extension)));
    }
  }
  return found;
};

const keyIn = (key: SubjectPublicKeyInfo, { AsnConvert }: CertificateLibrary): KeyObject => {
  try {
    return createPublicKey({ key: Buffer.from(AsnConvert.serialize(key)), format: 'der', type: 'spki' });
  } catch {
    throw new RequestFlaw('its key cannot be read');
  }
};

/**
 * Reads a request for a certificate (PKCS#10), and finds that who made it holds the key (RFC 2986 §3).
 * @throws RequestFlaw
 */
export const readRequest = (body: Buffer, library: CertificateLibrary): CertificateRequest => {
  const { info, infoRaw, algorithm, signature } = parse(derOf(body), library);
  const publicKey = keyIn(info.key, library);
  const scheme = schemeOf(publicKey);
  if (scheme === undefined) throw new RequestFlaw('its key is too weak, or of a kind that is not accepted');
  if (infoRaw === undefined || algorithm.algorithm !== scheme.algorithm || !verify(scheme.digest, Buffer.from(infoRaw), publicKey, Buffer.from(signature))) throw new RequestFlaw('it is not signed by its own key');
  return { publicKey, subject: info.subject, extensions: extensionsIn(info.attributes, library) };
};

/** Writes a request for a certificate with the names that are there. @returns PEM */
export const writeRequest = (subject: Name, keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }, library: CertificateLibrary): string => {
  const { AsnConvert, SubjectPublicKeyInfo: Key } = library;
  const { Info, Request } = shapes(library);
  const info = Object.assign(new Info(), { subject, key: AsnConvert.parse(keys.publicKey.export({ type: 'spki', format: 'der' }), Key) });
  const request = Object.assign(new Request(), { info, algorithm: algorithmOf(keys.privateKey, library), signature: signatureBy(keys.privateKey, AsnConvert.serialize(info)) });
  return pem('CERTIFICATE REQUEST', AsnConvert.serialize(request));
};
