/** The library for certificates. It is loaded with the first one: most gateways never see any. */
export interface X509Library extends Pick<typeof import('@peculiar/asn1-schema'), 'AsnConvert' | 'OctetString'>, Pick<
  typeof import('@peculiar/asn1-x509'),
  'AlgorithmIdentifier' | 'AuthorityInfoAccessSyntax' | 'BasicConstraints' | 'Certificate' | 'CertificateList' | 'CRLDistributionPoints' | 'ExtendedKeyUsage' | 'KeyUsage' | 'KeyUsageFlags' | 'SubjectAlternativeName'
> {}

let loaded: X509Library | undefined;
let loading: Promise<X509Library> | undefined;

const load = async (): Promise<X509Library> => {
  const [{ AsnConvert, OctetString }, x509] = await Promise.all([import('@peculiar/asn1-schema'), import('@peculiar/asn1-x509')]);
  const { AlgorithmIdentifier, AuthorityInfoAccessSyntax, BasicConstraints, Certificate, CertificateList, CRLDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsageFlags, SubjectAlternativeName } = x509;
  loaded = { AsnConvert, OctetString, AlgorithmIdentifier, AuthorityInfoAccessSyntax, BasicConstraints, Certificate, CertificateList, CRLDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsageFlags, SubjectAlternativeName };
  return loaded;
};

/** The library, at once where it is there. */
export const x509Library = (): X509Library | Promise<X509Library> => loaded ?? (loading ??= load());
