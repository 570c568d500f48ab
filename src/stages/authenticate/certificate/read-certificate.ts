import { hash, X509Certificate } from 'node:crypto';
import type { Certificate, Extension, GeneralName, TBSCertificate } from '@peculiar/asn1-x509';
import type { CertificateFacts } from '../../../model/certificate.ts';
import { CertificateFlaw } from './certificate-flaw.ts';
import type { X509Library } from './library.ts';
import { readAltNames, readDistinguished, readSubject, shownName } from './read-names.ts';

const ALT_NAME = '2.5.29.17';
const BASIC = '2.5.29.19';
const KEY_USE = '2.5.29.15';
const EXTENDED_USE = '2.5.29.37';
const LISTS = '2.5.29.31';
const ACCESS = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';
const CLIENTS = '1.3.6.1.5.5.7.3.2';

/** What may be critical: the above, and policies, which say nothing about who somebody is. */
const UNDERSTOOD: ReadonlySet<string> = new Set([ALT_NAME, BASIC, KEY_USE, EXTENDED_USE, LISTS, '2.5.29.32']);

const MOST_BYTES = 32 * 1024;
const LEAST_RSA_BITS = 2_048;
const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
/** MD2, MD5 and SHA-1 with RSA, SHA-1 with DSA and ECDSA. */
const BROKEN: ReadonlySet<string> = new Set(['1.2.840.113549.1.1.2', '1.2.840.113549.1.1.4', '1.2.840.113549.1.1.5', '1.2.840.10040.4.3', '1.2.840.10045.4.1']);

const refuse = (reason: string): never => {
  throw new CertificateFlaw(reason);
};

/** Whether the bytes are one value of DER and nothing behind it. */
const isWhole = (der: Buffer): boolean => {
  const first = der[1] ?? 0;
  const size = first < 0x80 ? 0 : first & 0x7f;
  return der[0] === 0x30 && size <= 4 && der.length === 2 + size + (size === 0 ? first : der.readUIntBE(2, size));
};

const parse = (der: Buffer, { AsnConvert, Certificate: Whole }: X509Library): Certificate => {
  if (der.length > MOST_BYTES || !isWhole(der)) return refuse('it is too large, or more than a certificate');
  try {
    return AsnConvert.parse(der, Whole);
  } catch {
    return refuse('it cannot be read');
  }
};

/** The extensions by their type; one that comes twice says two things. */
const extensionsOf = ({ extensions = [] }: TBSCertificate): ReadonlyMap<string, Extension> => {
  const found = new Map<string, Extension>();
  for (const extension of extensions) {
    if (found.has(extension.extnID)) refuse('an extension of it comes twice');
    found.set(extension.extnID, extension);
  }
  return found;
};

type Extensions = ReadonlyMap<string, Extension>;

/** What it may be used for (RFC 5280 §4.2.1.3, §4.2.1.9, §4.2.1.12); an issuer is no client. */
const judgeUse = (extensions: Extensions, { AsnConvert, BasicConstraints, KeyUsage, ExtendedKeyUsage, KeyUsageFlags }: X509Library): void => {
  const [basic, use, extended] = [extensions.get(BASIC), extensions.get(KEY_USE), extensions.get(EXTENDED_USE)];
  if (basic !== undefined && AsnConvert.parse(basic.extnValue, BasicConstraints).cA) refuse('it is that of an issuer, and no client is one');
  if (use !== undefined && (AsnConvert.parse(use.extnValue, KeyUsage).toNumber() & KeyUsageFlags.digitalSignature) === 0) refuse('its key may not sign, so it may prove nobody');
  if (extended !== undefined && !AsnConvert.parse(extended.extnValue, ExtendedKeyUsage).includes(CLIENTS)) refuse('it was not issued for clients');
};

const judgeKey = ({ publicKey }: X509Certificate): void => {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const strong = type === 'ed25519' || type === 'ed448' || (type === 'ec' && CURVES.has(details?.namedCurve)) || ((type === 'rsa' || type === 'rsa-pss') && (details?.modulusLength ?? 0) >= LEAST_RSA_BITS);
  if (!strong) refuse('its key is too weak, or of a kind that is not accepted');
};

/** A number that is not positive could be another one to another reader (RFC 5280 §4.1.2.2). */
const serialOf = ({ serialNumber }: TBSCertificate): string => {
  const bytes = Buffer.from(serialNumber);
  const hex = bytes.toString('hex').replace(/^0+/, '');
  return bytes.length === 0 || bytes.length > 21 || (bytes[0] ?? 0) >= 0x80 || hex === '' ? refuse('its number is not positive, or longer than 20 bytes') : hex;
};

const altNamesOf = (extensions: Extensions, { AsnConvert, SubjectAlternativeName }: X509Library): readonly GeneralName[] => {
  const extension = extensions.get(ALT_NAME);
  return extension === undefined ? [] : [...AsnConvert.parse(extension.extnValue, SubjectAlternativeName)];
};

const WEB = /^https?:\/\/[\x21-\x7e]{1,2000}$/;

const urlsIn = (names: readonly GeneralName[]): readonly string[] => names.flatMap(({ uniformResourceIdentifier: url }) => (url !== undefined && WEB.test(url) ? [url] : []));

const placesOf = (extensions: Extensions, { AsnConvert, AuthorityInfoAccessSyntax, CRLDistributionPoints }: X509Library): Pick<CertificateFacts, 'lists' | 'responders'> => {
  const [access, lists] = [extensions.get(ACCESS), extensions.get(LISTS)];
  return {
    lists: lists === undefined ? [] : [...AsnConvert.parse(lists.extnValue, CRLDistributionPoints)].flatMap(({ distributionPoint }) => urlsIn(distributionPoint?.fullName ?? [])),
    responders: access === undefined ? [] : urlsIn([...AsnConvert.parse(access.extnValue, AuthorityInfoAccessSyntax)].flatMap(({ accessMethod, accessLocation }) => (accessMethod === OCSP ? [accessLocation] : []))),
  };
};

type Named = Pick<CertificateFacts, 'commonName' | 'organizations' | 'units' | 'dns' | 'uris' | 'emails' | 'ambiguous'>;

/** What is ambiguous names nobody; the certificate may still secure a connection on which somebody else is named. */
const namesOf = (subject: () => ReturnType<typeof readSubject>, alternatives: () => ReturnType<typeof readAltNames>): Named => {
  try {
    return { ...subject(), ...alternatives(), ambiguous: undefined };
  } catch (error) {
    if (!(error instanceof CertificateFlaw)) throw error;
    return { commonName: undefined, organizations: [], units: [], dns: [], uris: [], emails: [], ambiguous: error.message };
  }
};

/** Only where somebody is to be known by the whole of it does it matter that all of it can be read. */
const wholeNameOf = (read: () => ReturnType<typeof readDistinguished>): CertificateFacts['distinguishedName'] => {
  try {
    return read();
  } catch (error) {
    if (error instanceof CertificateFlaw) return undefined;
    throw error;
  }
};

const factsOf = (der: Buffer, library: X509Library): CertificateFacts => {
  const { tbsCertificate: content, signatureAlgorithm } = parse(der, library);
  const certificate = new X509Certificate(der);
  const extensions = extensionsOf(content);
  const [notBeforeMs, notAfterMs] = [content.validity.notBefore.getTime().getTime(), content.validity.notAfter.getTime().getTime()];
  judgeUse(extensions, library);
  if ([...extensions.values()].some(({ extnID, critical }) => critical && !UNDERSTOOD.has(extnID))) refuse('it says something that must be understood and is not');
  judgeKey(certificate);
  if (BROKEN.has(signatureAlgorithm.algorithm)) refuse('it is signed by an algorithm that is broken');
  if (!(notBeforeMs < notAfterMs)) refuse('it ends before it begins');
  return Object.freeze({
    fingerprint: hash('sha256', der, 'hex'),
    keyFingerprint: hash('sha256', certificate.publicKey.export({ type: 'spki', format: 'der' }), 'hex'),
    serial: serialOf(content),
    subject: shownName(content.subject), issuer: shownName(content.issuer),
    distinguishedName: wholeNameOf(() => readDistinguished(content.subject, der)),
    ...namesOf(() => readSubject(content.subject, der), () => readAltNames(altNamesOf(extensions, library))),
    notBeforeMs, notAfterMs,
    ...placesOf(extensions, library),
  });
};

/**
 * Reads a certificate that OpenSSL has found good. The structure is read by the library, never from a text form of it; what two readers could
 * read differently is refused or names nobody (X03).
 * @throws CertificateFlaw
 */
export const readCertificate = (der: Buffer, library: X509Library): CertificateFacts => {
  try {
    return factsOf(der, library);
  } catch (error) {
    if (error instanceof CertificateFlaw) throw error;
    throw new CertificateFlaw('something in it cannot be read');
  }
};
