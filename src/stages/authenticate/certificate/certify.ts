import { GatewayError } from '../../../errors/gateway-error.ts';
import type { CertificateMode } from '../../../model/certificate.ts';
import { widen, type Shielded } from '../../../model/exchange.ts';
import type { CertificateReading, CertificateRegister } from './certificate-register.ts';

export interface CertifyOptions {
  readonly mode: CertificateMode;
  readonly register: Pick<CertificateRegister, 'read' | 'fault'>;
}

/**
 * Looks at the certificate of the connection before anything else that a caller brings. A good one is noted in the exchange; one that is not good is
 * refused where certificates are asked for, and only recorded where they are observed (R22).
 * @throws GatewayError `certificate.missing`, `certificate.invalid`
 */
export const buildCertify = ({ mode, register }: CertifyOptions): ((shielded: Shielded) => Shielded | Promise<Shielded>) => {
  const isAsked = mode === 'request' || mode === 'require';
  const refuse = (shielded: Shielded, { flaw, record }: Extract<CertificateReading, { kind: 'flawed' }>): Shielded => {
    widen(shielded, { certificateRecord: record });
    if (isAsked) throw new GatewayError('certificate.invalid', { reason: flaw });
    return shielded;
  };
  const conclude = (shielded: Shielded, reading: CertificateReading): Shielded => {
    if (reading.kind === 'flawed') return refuse(shielded, reading);
    const { client } = reading;
    const flaw = register.fault(client);
    if (flaw !== undefined) return refuse(shielded, { kind: 'flawed', flaw, record: { ...client.record, flaw } });
    return widen(shielded, { certified: client, certificateRecord: client.record, certificateThumbprint: client.peer.thumbprint });
  };
  return (shielded) => {
    const { certificate } = shielded;
    if (certificate === undefined) {
      if (isAsked) throw new GatewayError('certificate.missing', { reason: 'the connection has no client certificate' });
      return shielded;
    }
    const reading = register.read(certificate);
    return reading instanceof Promise ? reading.then((read) => conclude(shielded, read)) : conclude(shielded, reading);
  };
};
