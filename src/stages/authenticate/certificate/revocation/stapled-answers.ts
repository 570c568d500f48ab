import { X509Certificate } from 'node:crypto';
import type { Failing } from '../../../../model/failing.ts';
import type { Clock } from '../../../../ports/world.ts';
import type { ChainLink } from './chain.ts';
import type { FetchedListNeeds } from './fetched-lists.ts';
import { FetchedValues } from './fetched-values.ts';
import { askAgainMs, askResponder, type ResponderAnswer } from './responders.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** The type of the extension by which a certificate asks for a stapled answer (RFC 7633 §4), as it stands in DER. */
const MUST_STAPLE = Buffer.from('06082b06010505070118', 'hex');
const RESPONDER = /^OCSP - URI:(https?:\/\/\S+)$/m;

/** A certificate of a listener, with who says whether it was revoked; undefined where nobody does, or its issuer is not in the file. */
const linkIn = (pem: string): ChainLink | undefined => {
  const [certificate, issuer] = (pem.match(BLOCK) ?? []).slice(0, 2).map((block) => new X509Certificate(block));
  const url = RESPONDER.exec(certificate?.infoAccess ?? '')?.[1];
  if (certificate === undefined || issuer === undefined || url === undefined) return undefined;
  return { certificate, issuer, serial: certificate.serialNumber.toLowerCase().replace(/^0+/, ''), lists: [], responders: [url] };
};

/**
 * What responders say of the listeners' own certificates, to be stapled to handshakes (RFC 6066 §8): fetched beforehand, so that no handshake waits
 * for it, and only where it is verified and says that the certificate is good.
 */
export class StapledAnswers {
  readonly #needs: Omit<FetchedListNeeds, 'changed'> & { readonly clock: Pick<Clock, 'nowMs'> };
  readonly #answers: FetchedValues<ResponderAnswer>;
  #links: ReadonlyMap<string, ChainLink> = new Map();

  constructor(needs: Omit<FetchedListNeeds, 'changed'> & { readonly clock: Pick<Clock, 'nowMs'> }) {
    this.#needs = needs;
    this.#answers = new FetchedValues({ ...needs, changed: () => undefined });
  }

  /** Takes the certificates whose answers are stapled from now on, in PEM, each with its issuer behind it. */
  follow(chains: readonly string[]): void {
    this.#links = new Map(chains.flatMap((pem) => {
      const link = linkIn(pem);
      return link === undefined ? [] : [[link.certificate.raw.toString('base64'), link] as const];
    }));
    for (const [key, link] of this.#links) void this.#ask(key, link).then(() => this.#sayMissing(link));
  }

  failing(): readonly Failing[] {
    return this.#answers.failing(this.#needs.clock.nowMs());
  }

  /** Fetches what is not there, or will soon have ended. */
  refresh(): void {
    for (const [key, link] of this.#links) void this.#ask(key, link);
  }

  /** What is stapled for a certificate, in DER; undefined where there is nothing good and current. */
  readonly answerFor = (certificate: Buffer): Buffer | undefined => {
    const key = certificate.toString('base64');
    const [url] = this.#links.get(key)?.responders ?? [];
    const answer = url === undefined ? undefined : this.#answers.get(`${url} ${key}`);
    return answer?.status.kind === 'good' && this.#needs.clock.nowMs() < answer.status.untilMs ? answer.body : undefined;
  };

  async #ask(key: string, link: ChainLink): Promise<void> {
    const nowMs = this.#needs.clock.nowMs();
    await Promise.all(link.responders.map((url) => this.#answers.refresh(`${url} ${key}`, nowMs, () => this.#load(url, link))));
  }

  #sayMissing({ certificate, serial }: ChainLink): void {
    if (this.answerFor(certificate.raw) !== undefined) return;
    this.#needs.log.warn(`nothing good is stapled to the certificate of a listener until its responder says so${certificate.raw.includes(MUST_STAPLE) ? '; clients refuse it so long, because it asks for that itself' : ''}`, { serial });
  }

  async #load(url: string, link: ChainLink) {
    const nowMs = this.#needs.clock.nowMs();
    const value = await askResponder(url, link, { network: this.#needs.network, nowMs });
    if (value.status.kind === 'revoked') this.#needs.log.warn('the certificate of a listener is revoked by its issuer: renew it', { serial: link.serial, by: url });
    return { value, againAtMs: askAgainMs(value.status, nowMs) };
  }
}
