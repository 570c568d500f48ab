import { X509Certificate } from 'node:crypto';
import type { CertificateList, TBSCertList } from '@peculiar/asn1-x509';
import { CertificateFlaw } from '../certificate-flaw.ts';
import type { X509Library } from '../library.ts';
import { isSignedBy, type SignedBytes } from './verify-signature.ts';

/** What a list may say besides: who signed it with which key, and which number it has. */
const UNDERSTOOD: ReadonlySet<string> = new Set(['2.5.29.35', '2.5.29.20']);
const DELTA = '2.5.29.27';
const PART = '2.5.29.28';

/** A list that was read and is not yet known to be signed by anybody. */
export interface RevocationList {
  readonly from: string;
  /** Numbers of revoked certificates, hexadecimal without zeros in front. */
  readonly revoked: ReadonlySet<string>;
  readonly thisUpdateMs: number;
  /** Absent: RFC 5280 §5.1.2.5 asks for it, and without it nobody knows until when the list is current. */
  readonly nextUpdateMs: number;
  /** Whether the issuer has signed it, and may. */
  isOf(issuer: X509Certificate): boolean;
}

const hexOf = (serial: ArrayBuffer): string => Buffer.from(serial).toString('hex').replace(/^0+/, '');

const LINES = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/;

/** The bytes of a file with one list, in PEM or DER. */
export const listBytes = (file: Buffer): Buffer => {
  const lines = LINES.exec(file.toString('latin1'))?.[1];
  return lines === undefined ? file : Buffer.from(lines, 'base64');
};

/** A list of a part of the certificates, or of changes, would leave out others that are revoked. */
const refusePartial = ({ crlExtensions = [], revokedCertificates = [] }: TBSCertList): void => {
  if (crlExtensions.some(({ extnID }) => extnID === DELTA)) throw new CertificateFlaw('is a list of changes alone: name the whole one');
  if (crlExtensions.some(({ extnID }) => extnID === PART)) throw new CertificateFlaw('is a list of a part of the certificates: name the whole one');
  if (crlExtensions.some(({ extnID, critical }) => critical && !UNDERSTOOD.has(extnID))) throw new CertificateFlaw('says something that must be understood and is not');
  if (revokedCertificates.some(({ crlEntryExtensions = [] }) => crlEntryExtensions.some(({ critical }) => critical))) throw new CertificateFlaw('has entries about certificates of another issuer');
};

const parse = (der: Buffer, { AsnConvert, CertificateList: List }: X509Library): CertificateList => {
  try {
    return AsnConvert.parse(der, List);
  } catch {
    throw new CertificateFlaw('is no list of revoked certificates in PEM or DER');
  }
};

/** The parts of a signed structure as they stand in DER: what was signed is the first of three, whole. */
const signedBytes = (list: CertificateList): SignedBytes => {
  if (list.tbsCertListRaw === undefined || list.signatureAlgorithm.algorithm !== list.tbsCertList.signature.algorithm) throw new CertificateFlaw('names two algorithms for one signature');
  return { content: Buffer.from(list.tbsCertListRaw), algorithm: list.signatureAlgorithm.algorithm, signature: Buffer.from(list.signature) };
};

const SIGNS_LISTS = 0x40;

/**
 * Reads a list of revoked certificates.
 * @throws CertificateFlaw with words that follow the name of its file
 */
export const readRevocationList = ({ from, der }: { readonly from: string; readonly der: Buffer }, library: X509Library): RevocationList => {
  const list = parse(der, library);
  const content = list.tbsCertList;
  refusePartial(content);
  const nextUpdateMs = content.nextUpdate?.getTime().getTime();
  if (nextUpdateMs === undefined) throw new CertificateFlaw('does not say until when it is current');
  const signed = signedBytes(list);
  const { AsnConvert, Certificate, KeyUsage } = library;
  const name = Buffer.from(AsnConvert.serialize(content.issuer));
  const mayIssue = (issuer: X509Certificate): boolean => {
    const { tbsCertificate } = AsnConvert.parse(issuer.raw, Certificate);
    const use = tbsCertificate.extensions?.find(({ extnID }) => extnID === '2.5.29.15');
    const maySign = use === undefined || (AsnConvert.parse(use.extnValue, KeyUsage).toNumber() & SIGNS_LISTS) !== 0;
    return maySign && Buffer.from(AsnConvert.serialize(tbsCertificate.subject)).equals(name);
  };
  return {
    from,
    revoked: new Set((content.revokedCertificates ?? []).map(({ userCertificate }) => hexOf(userCertificate))),
    thisUpdateMs: content.thisUpdate.getTime().getTime(),
    nextUpdateMs,
    isOf: (issuer) => mayIssue(issuer) && isSignedBy(signed, issuer.publicKey),
  };
};
