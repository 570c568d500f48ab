import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/** Certificates of a file that are to be trusted. @throws ConfigError */
export const readCertificates = (path: string, where: string): string => {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch {
    // Said below: what cannot be read holds no certificate either.
  }
  throw new ConfigError(path, [{ path: where, message: 'holds no certificate in PEM that can be read: check the path, its permissions and its content' }]);
};
