import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditReader } from '../../ports/audit-sink.ts';

/** What is asked. */
export interface AccessQuestion {
  readonly person: string;
  readonly asOfMs: number;
  readonly server?: string | undefined;
  /** How long before it is looked at what was used. */
  readonly seenForMs: number;
}

/** What somebody came with: a key, a token of a client, a certificate. */
export interface SeenCredential {
  readonly method: string;
  readonly credential: string;
  readonly issuer?: string;
  readonly client?: string;
  readonly certificate?: string;
  readonly calls: number;
  readonly lastAt: string;
}

export interface SeenTarget {
  readonly server: string;
  readonly call: string;
  readonly target?: string;
  readonly calls: number;
}

export interface SeenUse {
  readonly since: string;
  readonly credentials: readonly SeenCredential[];
  /** What was let in, the most called first. */
  readonly used: readonly SeenTarget[];
}

/** Operations that change what a key may do, or whether. */
const CHANGES = /^admin\/keys\/(?:allow|narrow|limit|disable|enable|release)$/;

const PAGE = 1_000;

class Tally {
  readonly #credentials = new Map<string, SeenCredential>();
  readonly #used = new Map<string, SeenTarget>();

  add(event: AuditEvent): void {
    const { credential = '', method = '', issuer, clientId, certificate, server = '', call, target, decision, at } = event;
    const key = [credential, issuer, clientId, certificate?.fingerprint].join('\n');
    this.#credentials.set(key, {
      method, credential, ...(issuer === undefined ? {} : { issuer }), ...(clientId === undefined ? {} : { client: clientId }), ...(certificate === undefined ? {} : { certificate: certificate.subject ?? certificate.fingerprint }),
      calls: (this.#credentials.get(key)?.calls ?? 0) + 1, lastAt: at,
    });
    if (decision !== 'allow') return;
    const use = [server, call, target].join('\n');
    this.#used.set(use, { server, call, ...(target === undefined ? {} : { target }), calls: (this.#used.get(use)?.calls ?? 0) + 1 });
  }

  result(sinceMs: number): SeenUse {
    return { since: new Date(sinceMs).toISOString(), credentials: [...this.#credentials.values()], used: [...this.#used.values()].toSorted((one, other) => other.calls - one.calls) };
  }
}

/** Which of the keys an operation was about. */
const changedOf = ({ target, changed }: AuditEvent, keys: ReadonlySet<string>): readonly string[] => [...new Set([...(target === undefined ? [] : [target]), ...(changed?.ids ?? [])])].filter((id) => keys.has(id));

/** Reads once through the trail: what somebody used before a time, and what has changed their keys since. */
export const seenOf = ({ asOfMs, seenForMs, server }: AccessQuestion, of: { readonly names: readonly string[]; readonly keys: ReadonlySet<string> }, trail: Pick<AuditReader, 'after' | 'positionAt'>): { readonly seen: SeenUse; readonly changes: ReadonlyMap<string, readonly string[]> } => {
  const [tally, changes, sinceMs] = [new Tally(), new Map<string, readonly string[]>(), asOfMs - seenForMs];
  let position = trail.positionAt(sinceMs);
  for (let page = trail.after(position, PAGE); page.length > 0; page = trail.after(position, PAGE)) {
    for (const entry of page) {
      const { event } = entry;
      ({ position } = entry);
      const atMs = Date.parse(event.at);
      const isTheirs = event.type === 'call' && event.who !== undefined && of.names.includes(event.who) && (server === undefined || event.server === server);
      if (isTheirs && atMs >= sinceMs && atMs <= asOfMs) tally.add(event);
      if (atMs > asOfMs && event.type === 'call' && event.decision === 'allow' && event.dryRun !== true && CHANGES.test(event.call)) for (const id of changedOf(event, of.keys)) changes.set(id, [...(changes.get(id) ?? []), event.id]);
    }
  }
  return { seen: tally.result(sinceMs), changes };
};
