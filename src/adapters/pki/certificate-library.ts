/** What writes certificates, loaded by whoever does. */
export const loadLibrary = async () => {
  const [{ AsnConvert, AsnProp, AsnPropTypes, OctetString }, x509] = await Promise.all([import('@peculiar/asn1-schema'), import('@peculiar/asn1-x509')]);
  return { AsnConvert, AsnProp, AsnPropTypes, OctetString, ...x509 };
};

export type CertificateLibrary = Awaited<ReturnType<typeof loadLibrary>>;

/** The bytes as the library takes them. */
export const arrayOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** One text in PEM. */
export const pem = (label: string, der: ArrayBuffer): string => `-----BEGIN ${label}-----\n${(Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
