import type { X509Library } from './library.ts';

const BASIC = '2.5.29.19';
const KEY_USE = '2.5.29.15';
/** What may be critical in an issuer and is looked at, or says nothing about whom it may issue. */
const UNDERSTOOD: ReadonlySet<string> = new Set([BASIC, KEY_USE, '2.5.29.32']);

/**
 * Why issuers between may not have issued what stands before them, by their own words (RFC 5280 §6.1.4): asked where OpenSSL has not.
 * @param issuers nearest first
 */
export const issuersFlaw = (issuers: readonly Buffer[], { AsnConvert, BasicConstraints, Certificate, KeyUsage, KeyUsageFlags }: X509Library): string | undefined => {
  try {
    const fits = issuers.every((der, at) => {
      const extensions = AsnConvert.parse(der, Certificate).tbsCertificate.extensions ?? [];
      const find = (id: string) => extensions.find(({ extnID }) => extnID === id)?.extnValue;
      const [basic, use] = [find(BASIC), find(KEY_USE)];
      if (basic === undefined || extensions.some(({ extnID, critical }) => critical && !UNDERSTOOD.has(extnID))) return false;
      const { cA, pathLenConstraint } = AsnConvert.parse(basic, BasicConstraints);
      const maySign = use === undefined || (AsnConvert.parse(use, KeyUsage).toNumber() & KeyUsageFlags.keyCertSign) !== 0;
      return cA && maySign && (pathLenConstraint === undefined || pathLenConstraint >= at);
    });
    return fits ? undefined : 'an issuer of it may not issue, or not so far down';
  } catch {
    return 'an issuer of it cannot be read';
  }
};
