import type { KeyObject } from 'node:crypto';
import type { Extension, Name } from '@peculiar/asn1-x509';
import { arrayOf, pem, type CertificateLibrary } from './certificate-library.ts';
import { algorithmOf, keyIdOf, signatureBy, type Signer } from './signing.ts';

/** Who a certificate is for. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organization?: string | undefined;
  readonly unit?: string | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly uris?: readonly string[] | undefined;
}

/** The names of a certificate as they stand in it: its subject, and the extension with the alternatives where it has any. */
export interface CertificateNames {
  readonly subject: Name;
  readonly alternatives: Extension | undefined;
}

/** What is written into a certificate. */
export interface CertificateContents {
  readonly names: CertificateNames;
  /** `client` may prove itself to servers, `server` to clients, `authority` issues both. */
  readonly use: 'client' | 'server' | 'authority';
  readonly publicKey: KeyObject;
  /** 16 bytes. */
  readonly serial: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const ATTRIBUTES = [['commonName', '2.5.4.3'], ['organization', '2.5.4.10'], ['unit', '2.5.4.11']] as const;

/** A name as the library writes it. */
const nameOf = (subject: CertificateSubject, { AttributeTypeAndValue, AttributeValue, Name: Whole, RelativeDistinguishedName }: CertificateLibrary): Name =>
  new Whole(ATTRIBUTES.flatMap(([member, type]) => (subject[member] === undefined ? [] : [new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: subject[member] }) })])])));

const USES = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const;

const alternatives = ({ dns = [], uris = [] }: CertificateSubject, { GeneralName, SubjectAlternativeName }: CertificateLibrary) =>
  new SubjectAlternativeName([...dns.map((dNSName) => new GeneralName({ dNSName })), ...uris.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier }))]);

const extended = ({ AsnConvert, Extension: One, OctetString }: CertificateLibrary) => (extnID: string, value: object, critical = false): Extension => new One({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });

/** Whose key has signed. */
const signedBy = ({ keyId }: Signer, library: CertificateLibrary): Extension => {
  const { AuthorityKeyIdentifier, KeyIdentifier } = library;
  return extended(library)('2.5.29.35', new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyId) }));
};

/** The names of somebody, as a certificate says them. */
export const namesOf = (subject: CertificateSubject, library: CertificateLibrary): CertificateNames => {
  const count = (subject.dns?.length ?? 0) + (subject.uris?.length ?? 0);
  return { subject: nameOf(subject, library), alternatives: count === 0 ? undefined : extended(library)('2.5.29.17', alternatives(subject, library)) };
};

const extensionsOf = ({ names, use }: CertificateContents, library: CertificateLibrary): readonly Extension[] => {
  const { BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsageFlags } = library;
  const extension = extended(library);
  if (use === 'authority') return [extension('2.5.29.19', new BasicConstraints({ cA: true }), true), extension('2.5.29.15', new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true)];
  return [
    extension('2.5.29.19', new BasicConstraints({ cA: false }), true),
    extension('2.5.29.15', new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension('2.5.29.37', new ExtendedKeyUsage([USES[use]])),
    ...(names.alternatives === undefined ? [] : [names.alternatives]),
  ];
};

/** Writes and signs a certificate. @returns PEM */
export const writeCertificate = (contents: CertificateContents, signer: Signer, library: CertificateLibrary): string => {
  const { AsnConvert, Certificate, Extensions, SubjectKeyIdentifier, SubjectPublicKeyInfo, TBSCertificate, Validity, Version } = library;
  const signature = algorithmOf(signer.privateKey, library);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayOf(contents.serial),
    signature,
    issuer: signer.name,
    validity: new Validity({ notBefore: new Date(contents.notBeforeMs), notAfter: new Date(contents.notAfterMs) }),
    subject: contents.names.subject,
    subjectPublicKeyInfo: AsnConvert.parse(contents.publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo),
    extensions: new Extensions([...extensionsOf(contents, library), extended(library)('2.5.29.14', new SubjectKeyIdentifier(keyIdOf(contents.publicKey))), signedBy(signer, library)]),
  });
  const signed = signatureBy(signer.privateKey, AsnConvert.serialize(tbsCertificate));
  return pem('CERTIFICATE', AsnConvert.serialize(new Certificate({ tbsCertificate, signatureAlgorithm: signature, signatureValue: signed })));
};

/** One revoked certificate. */
export interface RevokedEntry {
  /** Hexadecimal. */
  readonly serial: string;
  readonly revokedAtMs: number;
}

interface ListTimes {
  readonly number: number;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
}

/** Writes and signs a list of revoked certificates (RFC 5280 §5). @returns PEM */
export const writeRevocationList = (revoked: readonly RevokedEntry[], { number, thisUpdateMs, nextUpdateMs }: ListTimes, { signer, library }: { readonly signer: Signer; readonly library: CertificateLibrary }): string => {
  const { AsnConvert, CertificateList, CRLNumber, RevokedCertificate, TBSCertList, Time, Version } = library;
  const signature = algorithmOf(signer.privateKey, library);
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature,
    issuer: signer.name,
    thisUpdate: new Time(new Date(thisUpdateMs)),
    nextUpdate: new Time(new Date(nextUpdateMs)),
    ...(revoked.length === 0 ? {} : { revokedCertificates: revoked.map(({ serial, revokedAtMs }) => new RevokedCertificate({ userCertificate: arrayOf(Buffer.from(serial, 'hex')), revocationDate: new Time(new Date(revokedAtMs)) })) }),
    crlExtensions: [signedBy(signer, library), extended(library)('2.5.29.20', new CRLNumber(number))],
  });
  const signed = signatureBy(signer.privateKey, AsnConvert.serialize(tbsCertList));
  return pem('X509 CRL', AsnConvert.serialize(new CertificateList({ tbsCertList, signatureAlgorithm: signature, signature: signed })));
};
