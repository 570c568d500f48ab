/** What writes certificates, loaded with the first command that does. */
export const loadLibrary = async () => {
  const [{ AsnConvert, OctetString }, x509] = await Promise.all([import('@peculiar/asn1-schema'), import('@peculiar/asn1-x509')]);
  return { AsnConvert, OctetString, ...x509 };
};

export type CertificateLibrary = Awaited<ReturnType<typeof loadLibrary>>;

/** The bytes as the library takes them. */
export const arrayOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** ECDSA with SHA-256, on keys of the curve P-256: what every client knows. */
export const SIGNATURE = '1.2.840.10045.4.3.2';

/** One text in PEM. */
export const pem = (label: string, der: ArrayBuffer): string => `-----BEGIN ${label}-----\n${(Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
