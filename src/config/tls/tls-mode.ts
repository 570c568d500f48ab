import type { CertificateMode } from '../../model/certificate.ts';
import type { ForwardedConfig } from './forwarded-schema.ts';
import type { TlsConfig } from './tls-schema.ts';

/** How the connections of a listener are asked for certificates. */
export const connectionModeOf = (tls: TlsConfig | undefined): CertificateMode => {
  if (tls?.ca === undefined || tls.requestCert === false) return 'none';
  if (tls.observe) return 'observe';
  return tls.rejectUnauthorized === false ? 'request' : 'require';
};

/** What becomes of a request without a good certificate, be it that of the connection or one that a proxy forwards. */
export const certificateModeOf = ({ tls, forwardedCertificates }: { readonly tls?: TlsConfig | undefined; readonly forwardedCertificates?: ForwardedConfig | undefined }): CertificateMode => {
  const mode = connectionModeOf(tls);
  if (forwardedCertificates === undefined) return mode;
  // A listener that asks its connections for certificates asks for forwarded ones, too.
  if (mode !== 'none') return mode;
  return forwardedCertificates.required ? 'request' : 'observe';
};
