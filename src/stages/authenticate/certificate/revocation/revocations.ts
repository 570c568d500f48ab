import { X509Certificate } from 'node:crypto';
import type { CertifiedClient } from '../../../../model/certificate.ts';
import { chainOf, type ChainLink } from './chain.ts';
import type { RevocationList } from './revocation-list.ts';

/** What a source knows of one certificate now, and until when that holds. */
export type RevocationStatus =
  | { readonly kind: 'revoked'; readonly by: string }
  | { readonly kind: 'good'; readonly untilMs: number }
  | { readonly kind: 'unknown' };

/** Who knows of revoked certificates. */
export interface RevocationSource {
  statusOf(link: ChainLink, nowMs: number): RevocationStatus;
  /** Finds out what it does not know; undefined where it knows, or cannot find out. It never rejects. */
  prepare?(link: ChainLink, nowMs: number): Promise<void> | undefined;
}

/** What a configuration says of revocation. */
export interface RevocationRules {
  /** Empty: nobody is asked, and only what was denied here counts. */
  readonly sources: readonly RevocationSource[];
  /** PEM or DER of those that the listeners trust. */
  readonly anchors: readonly X509Certificate[];
  /** Those who may name clients in some way alone, by the path of their file. */
  readonly naming: ReadonlyMap<string, readonly X509Certificate[]>;
  /** Whether a certificate of which nobody knows anything current is refused. */
  readonly strict: boolean;
}

/** Why a certificate opens nothing, and whether that is its fault or ours. */
export interface CertificateFault {
  readonly code: 'certificate.invalid' | 'certificate.unchecked';
  readonly reason: string;
}

const UNKNOWN: RevocationStatus = { kind: 'unknown' };

/** How far the clock of an issuer may be ahead of ours. */
const AHEAD_MS = 60_000;

/** Lists that were read from files. What one says of revoked certificates holds after it has ended, too. */
export const listSource = (lists: readonly RevocationList[]): RevocationSource => {
  const byIssuer = new Map<string, readonly RevocationList[]>();
  const listsOf = (issuer: X509Certificate): readonly RevocationList[] => {
    const known = byIssuer.get(issuer.fingerprint256);
    if (known !== undefined) return known;
    const its = lists.filter((list) => list.isOf(issuer));
    byIssuer.set(issuer.fingerprint256, its);
    return its;
  };
  return {
    statusOf({ issuer, serial }, nowMs) {
      const its = listsOf(issuer);
      const naming = its.find(({ revoked }) => revoked.has(serial));
      if (naming !== undefined) return { kind: 'revoked', by: naming.from };
      const current = its.filter(({ thisUpdateMs, nextUpdateMs }) => thisUpdateMs <= nowMs + AHEAD_MS && nowMs < nextUpdateMs);
      return current.length === 0 ? UNKNOWN : { kind: 'good', untilMs: Math.max(...current.map(({ nextUpdateMs }) => nextUpdateMs)) };
    },
  };
};

interface Judged {
  readonly version: number;
  readonly untilMs: number;
  readonly fault: CertificateFault | undefined;
}

/** So often it is seen to that what is known of a client is fetched again in time. */
const LOOK_MS = 1_000;

/** An answer that nobody gave is asked for again so soon. */
const AGAIN_MS = 1_000;

/** Whether certificates were revoked by who issued them: judged once for a client, and again when what is known changes or has ended. */
export class Revocations {
  #rules: RevocationRules = { sources: [], anchors: [], naming: new Map(), strict: false };
  #version = 0;
  #judged = new WeakMap<CertifiedClient, Judged>();
  #chains = new WeakMap<CertifiedClient, readonly ChainLink[]>();
  #under = new WeakMap<CertifiedClient, Map<readonly string[], boolean>>();
  /** When sources were last asked whether they know of a client. */
  readonly #lookedAtMs = new WeakMap<CertifiedClient, number>();

  /** Takes what a configuration says from now on. */
  follow(rules: RevocationRules): void {
    this.#rules = rules;
    [this.#chains, this.#under] = [new WeakMap(), new WeakMap()];
    this.changed();
  }

  /** What sources know has changed. */
  readonly changed = (): void => {
    this.#version += 1;
  };

  /** Why a client's certificate opens nothing now; undefined when nothing is known against it. */
  fault(client: CertifiedClient, nowMs: number): CertificateFault | undefined {
    if (this.#rules.sources.length === 0) return undefined;
    void this.prepare(client, nowMs);
    const known = this.#judged.get(client);
    if (known !== undefined && known.version === this.#version && nowMs < known.untilMs) return known.fault;
    const judged = this.#judge(client, nowMs);
    this.#judged.set(client, judged);
    return judged.fault;
  }

  /** Lets sources find out what they do not know of it yet; undefined where nothing has to be waited for. */
  prepare(client: CertifiedClient, nowMs: number): Promise<unknown> | undefined {
    if (this.#rules.sources.length === 0) return undefined;
    // Until it was judged once, each request waits for the answer that the first one asked for.
    if (this.#judged.get(client)?.version === this.#version && nowMs < (this.#lookedAtMs.get(client) ?? 0) + LOOK_MS) return undefined;
    this.#lookedAtMs.set(client, nowMs);
    const asked = this.#rules.sources.flatMap((source) => this.#chainOf(client).flatMap((link) => source.prepare?.(link, nowMs) ?? []));
    return asked.length === 0 ? undefined : Promise.all(asked);
  }

  /** Whether a client's certificate is of one of those in the files: found out once for each list of files, which requests ask for again and again. */
  isUnder(client: CertifiedClient, paths: readonly string[]): boolean {
    const known = this.#under.get(client) ?? new Map<readonly string[], boolean>();
    const found = known.get(paths) ?? this.#isUnder(client, paths);
    this.#under.set(client, known.set(paths, found));
    return found;
  }

  #isUnder(client: CertifiedClient, paths: readonly string[]): boolean {
    const allowed = paths.flatMap((path) => this.#rules.naming.get(path) ?? []);
    return chainOf(client, [...allowed, ...this.#rules.anchors]).some(({ issuer }) => allowed.some(({ raw }) => raw.equals(issuer.raw)));
  }

  #chainOf(client: CertifiedClient): readonly ChainLink[] {
    const known = this.#chains.get(client);
    if (known !== undefined) return known;
    const chain = chainOf(client, this.#rules.anchors);
    this.#chains.set(client, chain);
    return chain;
  }

  #judge(client: CertifiedClient, nowMs: number): Judged {
    const version = this.#version;
    const chain = this.#chainOf(client).map((link) => this.#rules.sources.map((source) => source.statusOf(link, nowMs)));
    const revoked = chain.flat().find((status) => status.kind === 'revoked');
    if (revoked !== undefined) return { version, untilMs: Number.POSITIVE_INFINITY, fault: { code: 'certificate.invalid', reason: `it, or an issuer of it, is revoked by ${revoked.by}` } };
    if (chain.length === 0) return { version, untilMs: Number.POSITIVE_INFINITY, fault: { code: 'certificate.unchecked', reason: 'its issuer is not under tls.ca, so nobody could say whether it was revoked: name it there, beside its own issuer' } };
    const known = (chain[0] ?? []).flatMap((status) => (status.kind === 'good' ? [status.untilMs] : []));
    if (known.length > 0) return { version, untilMs: Math.max(...known), fault: undefined };
    return { version, untilMs: nowMs + AGAIN_MS, fault: this.#rules.strict ? { code: 'certificate.unchecked', reason: 'nothing current is known of whether it was revoked' } : undefined };
  }
}
