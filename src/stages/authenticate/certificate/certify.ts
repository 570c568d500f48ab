import { GatewayError } from '../../../errors/gateway-error.ts';
import type { CertificateMode, CertificateRecord, CertifiedClient } from '../../../model/certificate.ts';
import { widen, type Shielded } from '../../../model/exchange.ts';
import type { CertificateReading, CertificateRegister } from './certificate-register.ts';
import type { CertificateFault } from './revocation/revocations.ts';

export interface CertifyOptions {
  readonly mode: CertificateMode;
  readonly register: Pick<CertificateRegister, 'read' | 'prepare' | 'fault' | 'isUnder'>;
}

/**
 * Looks at the certificate of the connection before anything else that a caller brings. A good one is noted in the exchange; one that is not good is
 * refused where certificates are asked for, and only recorded where they are observed (R22).
 * @throws GatewayError `certificate.missing`, `certificate.invalid`, `certificate.unchecked`
 */
export const buildCertify = ({ mode, register }: CertifyOptions): ((shielded: Shielded) => Shielded | Promise<Shielded>) => {
  const isAsked = mode === 'request' || mode === 'require';
  const refuse = (shielded: Shielded, { code, reason }: CertificateFault, record: CertificateRecord): Shielded => {
    widen(shielded, { certificateRecord: { ...record, flaw: reason } });
    if (isAsked) throw new GatewayError(code, { reason, ...(code === 'certificate.unchecked' ? { headers: { 'Retry-After': '30' } } : {}) });
    return shielded;
  };
  const elsewhere = ({ route: { clientIssuers, server } }: Shielded, client: CertifiedClient): CertificateFault | undefined =>
    clientIssuers === undefined || register.isUnder(client, clientIssuers) ? undefined : { code: 'certificate.invalid', reason: `its issuer is not one of those whose certificates are good at ${server}` };
  const judge = (shielded: Shielded, client: CertifiedClient): Shielded => {
    const fault = register.fault(client) ?? elsewhere(shielded, client);
    if (fault !== undefined) return refuse(shielded, fault, client.record);
    return widen(shielded, { certified: client, certificateRecord: client.record, certificateThumbprint: client.peer.thumbprint });
  };
  const conclude = (shielded: Shielded, reading: CertificateReading): Shielded | Promise<Shielded> => {
    if (reading.kind === 'flawed') return refuse(shielded, { code: 'certificate.invalid', reason: reading.flaw }, reading.record);
    const asking = register.prepare(reading.client);
    return asking === undefined ? judge(shielded, reading.client) : asking.then(() => judge(shielded, reading.client));
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
