import type { Denial } from '../../model/token/denial.ts';
import type { Principal } from '../../model/principal.ts';
import type { DenialStore } from '../../ports/denial-store.ts';
import type { CertificateDenials, Denials, TokenFacts } from '../../ports/denials.ts';
import type { Clock } from '../../ports/world.ts';

type Entries = Map<string, Denial>;

/** What is denied of one issuer, by level. */
interface OfIssuer {
  readonly 'token-id': Entries;
  readonly session: Entries;
  readonly subject: Entries;
  readonly client: Entries;
  readonly issuer: Entries;
}

const PAGE = 10_000;

const newIssuer = (): OfIssuer => ({ 'token-id': new Map(), session: new Map(), subject: new Map(), client: new Map(), issuer: new Map() });

/** A token that does not say when it was issued cannot show that it is a later one. */
const reaches = ({ issuedUntilMs }: Denial, { issuedAtMs }: TokenFacts): boolean => issuedUntilMs === undefined || issuedAtMs === undefined || !(issuedAtMs > issuedUntilMs);

const WORDS = { token: 'this token', 'token-id': 'this token', session: 'its session', subject: 'its subject', client: 'its client', issuer: 'its issuer', certificate: 'this certificate', 'public-key': 'its key', person: 'its person' } as const;

const wordsOf = ({ level, by, id }: Denial): string => `${WORDS[level]} was denied by ${by} (${id})`;

/** The denials in memory, as the store has them: asked on every request, so a token costs a few look-ups and none where there is no denial. */
export class DenialList implements Denials, CertificateDenials {
  readonly #store: DenialStore;
  readonly #clock: Pick<Clock, 'nowMs'>;
  #byIssuer = new Map<string, OfIssuer>();
  #tokens: Entries = new Map();
  #certificates: Entries = new Map();
  #people: Entries = new Map();
  #position = 0;
  #lifts = 0;

  constructor(store: DenialStore, clock: Pick<Clock, 'nowMs'>) {
    this.#store = store;
    this.#clock = clock;
    this.#lifts = store.lifts();
    this.#read();
  }

  against(facts: TokenFacts): string | undefined {
    if (this.#position === 0) return undefined;
    const found = this.#find(facts);
    return found === undefined ? undefined : wordsOf(found);
  }

  againstCertificate({ fingerprint, keyFingerprint }: Parameters<CertificateDenials['againstCertificate']>[0]): string | undefined {
    if (this.#certificates.size === 0) return undefined;
    const found = this.#certificates.get(fingerprint) ?? this.#certificates.get(keyFingerprint);
    return found === undefined ? undefined : wordsOf(found);
  }

  againstPerson({ subject, token }: Pick<Principal, 'subject' | 'token'>): string | undefined {
    if (this.#people.size === 0) return undefined;
    let found = this.#people.get(subject);
    for (const name of token?.names ?? []) found ??= this.#people.get(name);
    return found === undefined ? undefined : `${found.value} was disabled by ${found.by} (${found.id})`;
  }

  /** Takes in what has changed in the store. */
  refresh(): void {
    const lifts = this.#store.lifts();
    if (lifts !== this.#lifts) {
      [this.#byIssuer, this.#tokens, this.#certificates, this.#people, this.#position, this.#lifts] = [new Map(), new Map(), new Map(), new Map(), 0, lifts];
    }
    this.#read();
  }

  /** Any level denies, whatever the others say (J15). */
  #find(facts: TokenFacts): Denial | undefined {
    const token = this.#tokens.get(facts.digest);
    if (token !== undefined) return token;
    const of = this.#byIssuer.get(facts.issuer);
    if (of === undefined) return undefined;
    const hit = (entries: Entries, value: string | undefined): Denial | undefined => {
      const entry = value === undefined || entries.size === 0 ? undefined : entries.get(value);
      return entry !== undefined && reaches(entry, facts) ? entry : undefined;
    };
    const who = (): Denial | undefined => hit(of.subject, facts.subject) ?? (of.subject.size === 0 ? undefined : facts.names?.map((name) => hit(of.subject, name)).find((entry) => entry !== undefined));
    return hit(of['token-id'], facts.tokenId) ?? hit(of.session, facts.sessionId) ?? who() ?? hit(of.client, facts.clientId) ?? hit(of.issuer, '');
  }

  #read(): void {
    for (;;) {
      const page = this.#store.after(this.#position, PAGE, this.#clock.nowMs());
      for (const { position, denial } of page) {
        this.#note(denial);
        this.#position = position;
      }
      if (page.length < PAGE) return;
    }
  }

  #note(denial: Denial): void {
    if (denial.level === 'token') {
      this.#tokens.set(denial.value, denial);
      return;
    }
    if (denial.level === 'certificate' || denial.level === 'public-key') {
      this.#certificates.set(denial.value, denial);
      return;
    }
    if (denial.level === 'person') {
      this.#people.set(denial.value, denial);
      return;
    }
    const of = this.#byIssuer.get(denial.issuer) ?? newIssuer();
    this.#byIssuer.set(denial.issuer, of);
    of[denial.level].set(denial.value, denial);
  }
}
