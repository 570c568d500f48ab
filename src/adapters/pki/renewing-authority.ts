import { X509Certificate } from 'node:crypto';
import type { Extension } from '@peculiar/asn1-x509';
import type { CertifiedClient } from '../../model/certificate.ts';
import { RenewalRefused, type CertificateRenewal } from '../../ports/certificate-renewal.ts';
import type { World } from '../../ports/world.ts';
import { noteRenewed, openFolder, type AuthorityFolder } from './authority-folder.ts';
import { loadLibrary, type CertificateLibrary } from './certificate-library.ts';
import { readRequest, RequestFlaw, type CertificateRequest } from './certificate-request.ts';
import { SERIAL_BYTES, serialFrom, signerOf } from './signing.ts';
import { writeCertificate } from './write-certificate.ts';

export interface RenewingOptions {
  /** The folder of the authority. */
  readonly path: string;
  readonly lifeMs: number;
}

const BACKDATED_MS = 60_000;
const ALTERNATIVES = '2.5.29.17';

/** What stands in the certificate that is renewed. */
interface Present {
  readonly certificate: X509Certificate;
  readonly extensions: readonly Extension[];
  readonly subject: ReturnType<typeof subjectOf>;
}

const subjectOf = (der: Buffer, { AsnConvert, Certificate }: CertificateLibrary) => AsnConvert.parse(der, Certificate).tbsCertificate.subject;

const presentOf = ({ peer: { der } }: CertifiedClient, library: CertificateLibrary): Present => ({
  certificate: new X509Certificate(der), subject: subjectOf(der, library),
  extensions: library.AsnConvert.parse(der, library.Certificate).tbsCertificate.extensions ?? [],
});

/** A name of nothing stands for that of the certificate: many programs write requests without names. */
const EMPTY_NAME = Buffer.from([0x30, 0x00]);

/** Nothing may be asked for that is not there already: whoever renews stays who he is (P, X03). @throws RenewalRefused */
const requireSame = ({ subject, extensions }: CertificateRequest, present: Present, { AsnConvert }: CertificateLibrary): void => {
  const asked = Buffer.from(AsnConvert.serialize(subject));
  if (!asked.equals(EMPTY_NAME) && !asked.equals(Buffer.from(AsnConvert.serialize(present.subject)))) throw new RenewalRefused('request', 'it asks for another name than that of the certificate');
  const there = new Map(present.extensions.map((one) => [one.extnID, Buffer.from(AsnConvert.serialize(one))]));
  for (const [type, asks] of extensions) if (there.get(type)?.equals(asks) !== true) throw new RenewalRefused('request', `it asks for something that the certificate does not say (${type})`);
};

/** @throws RenewalRefused for what is of somebody else, or was revoked */
const requireOurs = ({ certificate }: Present, folder: AuthorityFolder): void => {
  if (!certificate.checkIssued(folder.certificate) || !certificate.verify(folder.certificate.publicKey)) throw new RenewalRefused('certificate', 'another authority has issued it');
  const serial = certificate.serialNumber.toLowerCase();
  if (folder.index.issued.some((one) => one.serial === serial && one.revokedAtMs !== undefined)) throw new RenewalRefused('certificate', 'it was revoked');
};

const read = (request: Buffer, library: CertificateLibrary): CertificateRequest => {
  try {
    return readRequest(request, library);
  } catch (error) {
    throw error instanceof RequestFlaw ? new RenewalRefused('request', error.message) : error;
  }
};

/** The authorities between, without the one that signs itself: that one is where trust begins. */
const chainOf = (cert: string, { certificate, above }: AuthorityFolder): string => [cert, ...[certificate.toString(), ...above].slice(0, -1)].join('');

/**
 * Lets the authority of a folder renew what it has issued. The folder is read for each, because `pki revoke` may have written into it since.
 * @throws AuthorityRefused when the folder cannot be read
 */
export const renewingAuthority = ({ path, lifeMs }: RenewingOptions, { clock, random }: Pick<World, 'clock' | 'random'>): CertificateRenewal => {
  openFolder(path);
  return {
    async renew(client, request) {
      const library = await loadLibrary();
      const [folder, present] = [openFolder(path), presentOf(client, library)];
      requireOurs(present, folder);
      const asked = read(request, library);
      requireSame(asked, present, library);
      const [nowMs, serial] = [clock.nowMs(), serialFrom(random.bytes(SERIAL_BYTES))];
      const notAfterMs = Math.min(nowMs + lifeMs, folder.certificate.validToDate.getTime());
      if (notAfterMs <= nowMs) throw new RenewalRefused('certificate', 'the authority itself has expired');
      const names = { subject: present.subject, alternatives: present.extensions.find(({ extnID }) => extnID === ALTERNATIVES) };
      const cert = writeCertificate({ names, use: 'client', publicKey: asked.publicKey, serial, notBeforeMs: nowMs - BACKDATED_MS, notAfterMs }, signerOf(folder, library), library);
      const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
      const { commonName, organizations, units, dns, uris, subject } = client.facts;
      noteRenewed(path, { serial: serial.toString('hex'), subject: { commonName: commonName ?? subject, organization: organizations[0], unit: units[0], dns: [...dns], uris: [...uris] }, use: 'client', fingerprint, notAfterMs });
      return { chain: chainOf(cert, folder), fingerprint, notAfterMs };
    },
  };
};
