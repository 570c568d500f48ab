import type { AttributeTypeAndValue } from '@peculiar/asn1-x509';
import { CertificateFlaw } from './certificate-flaw.ts';

const UTF8 = 0x0c;
const PRINTABLE = 0x13;
const IA5 = 0x16;
const MOST_CHARACTERS = 200;

/** One value as it stands in DER, for texts of up to 200 characters. */
const written = (tag: number, value: string): Buffer => {
  const content = Buffer.from(value, tag === UTF8 ? 'utf8' : 'latin1');
  const length = content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};

/** Letters of Latin script, digits and a few signs, in one normal form: two names that look alike are the same. */
const PLAIN = /^[\p{Script=Latin}\p{Nd}](?:[\p{Script=Latin}\p{Nd} ._@:&()'-]*[\p{Script=Latin}\p{Nd}._)])?$/u;

const PRINTABLE_ONLY = /^[A-Za-z0-9 '()+,./:=?-]*$/;

const kindOf = ({ value }: AttributeTypeAndValue): readonly [number, string] => {
  if (value.utf8String !== undefined) return [UTF8, value.utf8String];
  if (value.printableString !== undefined) return [PRINTABLE, value.printableString];
  if (value.ia5String !== undefined) return [IA5, value.ia5String];
  throw new CertificateFlaw('a name in it is written as a type of text that could be read in several ways');
};

/**
 * The text of an attribute that names somebody. It must stand in the certificate byte for byte as it was read: a decoder that mends what
 * it cannot read would make one name of another (X03).
 * @throws CertificateFlaw
 */
export const readText = (attribute: AttributeTypeAndValue, der: Buffer): string => {
  const [tag, value] = kindOf(attribute);
  if (value.length === 0 || value.length > MOST_CHARACTERS) throw new CertificateFlaw('a name in it is empty or longer than 200 characters');
  if (!der.includes(written(tag, value)) || (tag === PRINTABLE && !PRINTABLE_ONLY.test(value))) throw new CertificateFlaw('a name in it is not what its type of text allows');
  if (value.normalize('NFC') !== value || !PLAIN.test(value)) throw new CertificateFlaw('a name in it has signs that could be read in several ways');
  return value;
};

/** Something of a certificate to show: what is not printable is left out, and nothing is decided by it. */
export const shownText = ({ value }: AttributeTypeAndValue): string =>
  (value.utf8String ?? value.printableString ?? value.ia5String ?? value.teletexString ?? value.bmpString ?? value.universalString ?? '?').replaceAll(/[^\x20-\x7e\p{L}\p{N}]/gu, '?').replaceAll(/[,+="\\<>;#]/g, (sign) => `\\${sign}`).slice(0, MOST_CHARACTERS);
