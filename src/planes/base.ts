import type { Sealing } from '../authority/keys/sealing.ts';
import { SigningKeys } from '../authority/keys/signing-keys.ts';
import { CertificateRegister } from '../stages/authenticate/certificate/certificate-register.ts';
import { StapledAnswers } from '../stages/authenticate/certificate/revocation/stapled-answers.ts';
import { IssuerRegister } from '../stages/authenticate/issuer/issuer-register.ts';
import { SinkGate } from '../stages/audit/sink-gate.ts';
import { KeyIndex, type KeyHasher } from '../stages/authenticate/key-index.ts';
import { ReplayGuard } from '../stages/authenticate/proof/replay-guard.ts';
import { LongTokens } from '../stages/authenticate/token/long-tokens.ts';
import { PolicyInForce } from '../stages/authorize/policy-in-force.ts';
import { HandleRegister } from '../stages/forward/handles.ts';
import { Buckets } from '../stages/limit/buckets.ts';
import { StreamRegister } from '../stages/limit/open-streams.ts';
import { LearnedCatalog } from '../stages/reveal/catalog.ts';
import { PinnedTools } from '../stages/reveal/pinned-tools.ts';
import { Renewals } from './renewals.ts';
import { sealingOf } from './admin-needs.ts';
import { readIssuerJson } from './tokens/issuer-json.ts';
import type { Environment } from '../config/secret-ref.ts';
import { Failures } from '../model/failing.ts';
import type { AuditEvent } from '../model/audit-event.ts';
import type { Tracing } from '../model/trace-context.ts';
import type { AlarmChannels } from '../ports/alarm-channel.ts';
import type { AuditReader, AuditSink } from '../ports/audit-sink.ts';
import type { CallThrottle } from '../ports/call-throttle.ts';
import type { CertificateDenials, Denials } from '../ports/denials.ts';
import type { Store } from '../ports/store.ts';
import type { World } from '../ports/world.ts';

/** What outlives a reload: state, and everything that holds promises made to callers. */
export interface Base {
  readonly world: World;
  readonly store: Store;
  readonly sink: AuditSink;
  /** The trail, for reading it back. */
  readonly trail: AuditReader;
  readonly hasher: KeyHasher;
  readonly index: KeyIndex;
  readonly streams: StreamRegister;
  readonly denials: Denials & CertificateDenials;
  /** Client certificates, and whether they are still good. */
  readonly certificates: CertificateRegister;
  /** What is stapled to the listeners' own certificates. */
  readonly staples: StapledAnswers;
  /** Who renews those of clients. */
  readonly renewals: Renewals;
  readonly buckets: Buckets;
  /** Whether those who have to hear of every call do. */
  readonly sinkGate: SinkGate;
  readonly pins: PinnedTools;
  readonly handles: HandleRegister;
  readonly catalog: LearnedCatalog;
  /** Which DPoP proofs were used: a reload must not make them good again. */
  readonly replays: ReplayGuard;
  /** The keys of issuers: fetched before they are needed, and kept where their issuer stays. */
  readonly issuers: IssuerRegister;
  /** Identity providers that cannot be asked whether people are still there. */
  readonly failures: Failures;
  /** Tokens of callers that nobody refreshes. */
  readonly longTokens: LongTokens;
  /** Which policy is in force, for requests that began under another. */
  readonly inForce: PolicyInForce;
  readonly observe: (event: AuditEvent) => void;
  /** Told of every answer of the token endpoint that brought tokens, by the kind of grant. */
  readonly onTokens: (grant: string) => void;
  /** Holds callers to what is usual, where the configuration asks for it. */
  readonly throttle: CallThrottle;
  /** Where traces are told of; absent where they are not. */
  readonly tracing?: Tracing;
  /** Who is told of alarms. */
  readonly channels: AlarmChannels;
  readonly environment: Environment;
  /** What seals the authorization server's records, and the keys that sign its tokens. */
  readonly sealing: Sealing;
  readonly signingKeys: Pick<SigningKeys, 'current'>;
}

/** Keeps the promises that outlive a reload. @param streamsPerKey open streams one credential may hold */
export const buildBase = (parts: Omit<Base, 'index' | 'streams' | 'buckets' | 'pins' | 'handles' | 'catalog' | 'issuers' | 'replays' | 'inForce' | 'sinkGate' | 'sealing' | 'signingKeys' | 'certificates' | 'staples' | 'renewals' | 'longTokens' | 'failures'>, streamsPerKey: number): Base => {
  const sealing = sealingOf(parts.hasher, parts.world.random);
  return {
    ...parts,
    index: new KeyIndex(),
    streams: new StreamRegister(streamsPerKey),
    buckets: new Buckets(),
    sinkGate: new SinkGate(),
    pins: new PinnedTools(parts.store.toolPins, parts.world),
    certificates: new CertificateRegister({ denials: parts.denials, ...parts.world }),
    staples: new StapledAnswers(parts.world),
    renewals: new Renewals(),
    handles: new HandleRegister(parts.world.clock, 200_000),
    catalog: new LearnedCatalog(),
    replays: new ReplayGuard(),
    issuers: new IssuerRegister({ ...parts.world, readJson: readIssuerJson }),
    longTokens: new LongTokens(),
    failures: new Failures(),
    inForce: new PolicyInForce(),
    sealing,
    signingKeys: new SigningKeys(parts.store.authority.keys, sealing, parts.world),
  };
};
