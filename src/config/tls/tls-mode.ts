import type { CertificateMode } from '../../model/certificate.ts';
import type { TlsConfig } from './tls-schema.ts';

/** How a listener asks for certificates of clients. */
export const certificateModeOf = (tls: TlsConfig | undefined): CertificateMode => {
  if (tls?.ca === undefined || tls.requestCert === false) return 'none';
  if (tls.observe) return 'observe';
  return tls.rejectUnauthorized === false ? 'request' : 'require';
};
