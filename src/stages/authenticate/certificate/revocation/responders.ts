import { hash, X509Certificate } from 'node:crypto';
import type { BasicOCSPResponse, CertID, SingleResponse } from '@peculiar/asn1-ocsp';
import type { Failing } from '../../../../model/failing.ts';
import { CertificateFlaw } from '../certificate-flaw.ts';
import type { ChainLink } from './chain.ts';
import type { FetchedListNeeds } from './fetched-lists.ts';
import { FetchedValues, type Fetched } from './fetched-values.ts';
import { x509Library, type X509Library } from '../library.ts';
import type { RevocationSource, RevocationStatus } from './revocations.ts';
import { isSignedBy } from './verify-signature.ts';

type Library = X509Library & typeof import('@peculiar/asn1-ocsp');

const PATIENCE_MS = 5_000;
const MOST_BYTES = 64 * 1024;
const MOST_RESPONDERS = 2;
const STATUS_OK = 200;
const AHEAD_MS = 60_000;
/** An answer is believed for so long at most, whatever it says, and one that does not say for how long, so long. */
const LONGEST_MS = 3_600_000;
const UNSAID_MS = 300_000;
const SOONEST_MS = 10_000;
const SHA1 = '1.3.14.3.2.26';
const SIGNS_ANSWERS = '1.3.6.1.5.5.7.3.9';

const load = async (): Promise<Library> => {
  const [x509, ocsp] = await Promise.all([x509Library(), import('@peculiar/asn1-ocsp')]);
  return { ...ocsp, ...x509 };
};

/** SHA-1 names the issuer here and protects nothing (RFC 5019 §2.1.1). */
const sha1 = (bytes: ArrayBuffer): Buffer => hash('sha1', Buffer.from(bytes), 'buffer');

interface IssuerHashes {
  readonly name: Buffer;
  readonly key: Buffer;
}

const hashesOf = (issuer: X509Certificate, { AsnConvert, Certificate }: Library): IssuerHashes => {
  const { tbsCertificate } = AsnConvert.parse(issuer.raw, Certificate);
  return { name: sha1(AsnConvert.serialize(tbsCertificate.subject)), key: sha1(tbsCertificate.subjectPublicKeyInfo.subjectPublicKey) };
};

const serialBytes = (serial: string): Buffer => {
  const bytes = Buffer.from(serial.padStart(serial.length + (serial.length % 2), '0'), 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
};

const arrayOf = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

const requestFor = ({ issuer, serial }: ChainLink, library: Library): string => {
  const { AsnConvert, CertID: Id, OCSPRequest, OctetString, Request, TBSRequest, AlgorithmIdentifier } = library;
  const { name, key } = hashesOf(issuer, library);
  const id = new Id({ hashAlgorithm: new AlgorithmIdentifier({ algorithm: SHA1 }), issuerNameHash: new OctetString(arrayOf(name)), issuerKeyHash: new OctetString(arrayOf(key)), serialNumber: arrayOf(serialBytes(serial)) });
  return Buffer.from(AsnConvert.serialize(new OCSPRequest({ tbsRequest: new TBSRequest({ requestList: [new Request({ reqCert: id })] }) }))).toString('base64');
};

/** Who may sign answers for an issuer: itself, or whom it has issued a certificate for that (RFC 6960 §4.2.2.2). */
const signersOf = ({ certs = [] }: BasicOCSPResponse, issuer: X509Certificate, { nowMs, library }: { readonly nowMs: number; readonly library: Library }): readonly X509Certificate[] => {
  const { AsnConvert, ExtendedKeyUsage } = library;
  const delegated = certs.flatMap((cert) => {
    const use = cert.tbsCertificate.extensions?.find(({ extnID }) => extnID === '2.5.29.37');
    const certificate = new X509Certificate(Buffer.from(AsnConvert.serialize(cert)));
    const maySign = use !== undefined && AsnConvert.parse(use.extnValue, ExtendedKeyUsage).includes(SIGNS_ANSWERS);
    const isTimely = certificate.validFromDate.getTime() <= nowMs && nowMs < certificate.validToDate.getTime();
    return maySign && isTimely && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey) ? [certificate] : [];
  });
  return [issuer, ...delegated];
};

const isAbout = ({ hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }: CertID, { serial }: ChainLink, { name, key }: IssuerHashes): boolean =>
  hashAlgorithm.algorithm === SHA1 && Buffer.from(issuerNameHash.buffer).equals(name) && Buffer.from(issuerKeyHash.buffer).equals(key) && Buffer.from(serialNumber).toString('hex').replace(/^0+/, '') === serial;

/** The one answer about the certificate, from an answer that somebody has signed who may. @throws CertificateFlaw */
const answerIn = (body: Buffer, link: ChainLink, about: { readonly nowMs: number; readonly library: Library }): SingleResponse => {
  const { AsnConvert, BasicOCSPResponse: Basic, OCSPResponse, OCSPResponseStatus } = about.library;
  const { responseStatus, responseBytes } = AsnConvert.parse(body, OCSPResponse);
  if (responseStatus !== OCSPResponseStatus.successful || responseBytes === undefined) throw new CertificateFlaw('the responder has no answer');
  const basic = AsnConvert.parse(responseBytes.response, Basic);
  const signed = { content: Buffer.from(basic.tbsResponseDataRaw ?? new ArrayBuffer(0)), algorithm: basic.signatureAlgorithm.algorithm, signature: Buffer.from(basic.signature) };
  if (!signersOf(basic, link.issuer, about).some(({ publicKey }) => isSignedBy(signed, publicKey))) throw new CertificateFlaw('the answer is signed by nobody who may');
  const hashes = hashesOf(link.issuer, about.library);
  const found = basic.tbsResponseData.responses.find(({ certID }) => isAbout(certID, link, hashes));
  if (found === undefined) throw new CertificateFlaw('the answer is about another certificate');
  return found;
};

const statusIn = ({ certStatus, thisUpdate, nextUpdate }: SingleResponse, nowMs: number, from: string): RevocationStatus => {
  if (certStatus.revoked !== undefined) return { kind: 'revoked', by: from };
  const untilMs = Math.min(nextUpdate?.getTime() ?? thisUpdate.getTime() + UNSAID_MS, nowMs + LONGEST_MS);
  if (thisUpdate.getTime() > nowMs + AHEAD_MS || nowMs >= untilMs) throw new CertificateFlaw('the answer is not current');
  return certStatus.good === undefined ? { kind: 'unknown' } : { kind: 'good', untilMs };
};

/** What a responder has said of a certificate, and its own words. */
export interface ResponderAnswer {
  readonly status: RevocationStatus;
  readonly body: Buffer;
}

/** Asks a responder (RFC 6960), by GET. @throws CertificateFlaw, FetchError */
export const askResponder = async (url: string, link: ChainLink, { network, nowMs }: { readonly network: FetchedListNeeds['network']; readonly nowMs: number }): Promise<ResponderAnswer> => {
  const library = await load();
  const request = encodeURIComponent(requestFor(link, library));
  const { status, body } = await network.send({ url: `${url}${url.endsWith('/') ? '' : '/'}${request}`, method: 'GET', accept: ['application/ocsp-response'], maxBytes: MOST_BYTES, timeoutMs: PATIENCE_MS });
  if (status !== STATUS_OK) throw new CertificateFlaw(`the answer is ${String(status)}`);
  return { status: statusIn(answerIn(body, link, { nowMs, library }), nowMs, url), body };
};

/** When it is asked again: at half of the time for which the answer holds. */
export const askAgainMs = (status: RevocationStatus, nowMs: number): number => nowMs + Math.max(SOONEST_MS, ((status.kind === 'good' ? status.untilMs : nowMs + UNSAID_MS) - nowMs) / 2);

/** Responders that say of one certificate whether it was revoked (OCSP, RFC 6960), where the certificates themselves say they are. */
export class Responders implements RevocationSource {
  readonly #needs: FetchedListNeeds;
  readonly #answers: FetchedValues<RevocationStatus>;

  constructor(needs: FetchedListNeeds) {
    this.#needs = needs;
    this.#answers = new FetchedValues(needs);
  }

  failing(nowMs: number): readonly Failing[] {
    return this.#answers.failing(nowMs);
  }

  statusOf(link: ChainLink, nowMs: number): RevocationStatus {
    const said = this.#keysOf(link).flatMap(({ key }) => this.#answers.get(key) ?? []);
    return said.find(({ kind }) => kind === 'revoked') ?? said.find((status) => status.kind === 'good' && nowMs < status.untilMs) ?? { kind: 'unknown' };
  }

  prepare(link: ChainLink, nowMs: number): Promise<void> | undefined {
    const asked = this.#keysOf(link).flatMap(({ key, url }) => this.#answers.refresh(key, nowMs, () => this.#ask(url, link, nowMs)) ?? []);
    return asked.length === 0 ? undefined : Promise.all(asked).then(() => undefined);
  }

  #keysOf({ responders, issuer, serial }: ChainLink): readonly { readonly url: string; readonly key: string }[] {
    return responders.slice(0, MOST_RESPONDERS).map((url) => ({ url, key: `${url} ${issuer.fingerprint256} ${serial}` }));
  }

  async #ask(url: string, link: ChainLink, nowMs: number): Promise<Fetched<RevocationStatus>> {
    const { status } = await askResponder(url, link, { network: this.#needs.network, nowMs });
    return { value: status, againAtMs: askAgainMs(status, nowMs) };
  }
}
