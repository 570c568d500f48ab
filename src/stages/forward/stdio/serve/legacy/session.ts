import type { RpcId } from '../../../../../model/call.ts';
import { isJsonObject, type JsonObject } from '../../../../../model/json.ts';
import type { Membership } from '../../changes/change-hub.ts';
import { isAtLeast } from '../../rpc/log-level.ts';
import { notificationMessage, type RpcOutcome } from '../../rpc/message.ts';
import type { BridgeParts } from '../bridge-parts.ts';
import type { EndedStreams } from './ended-streams.ts';
import { SessionQuestions } from './session-questions.ts';
import { SessionStreams } from './session-streams.ts';

/** A modern child logs only for requests that say how much; a session that never said gets what most servers start with. */
const DEFAULT_LOG_LEVEL = 'info';
/** The first revision whose clients understand an event without data. */
const PRIMED_SINCE = '2025-11-25';

export interface SessionOpening {
  readonly id: string;
  readonly principalKey: string;
  readonly protocolVersion: string;
  /** The params of `initialize`. */
  readonly params: JsonObject;
  readonly ended: EndedStreams;
}

/** A call of the session that is under way. */
export interface Cancellable {
  /** The client takes it back. */
  cancel(reason: string): void;
}

const objectOr = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

/** One legacy client's state: everything that in the 2025 revisions lasts longer than a request. */
export class Session {
  readonly id: string;
  readonly principalKey: string;
  readonly clientInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly streams: SessionStreams;
  readonly questions: SessionQuestions;
  readonly membership: Membership;
  /** By the client's own ids, which only need to be unique within the session. */
  readonly calls = new Map<RpcId, Cancellable>();
  readonly #parts: BridgeParts;
  #logLevel: string | undefined;
  lastUsedMs: number;

  constructor(opening: SessionOpening, parts: BridgeParts) {
    const { clock } = parts.needs;
    this.id = opening.id;
    this.principalKey = opening.principalKey;
    this.clientInfo = objectOr(opening.params['clientInfo']);
    this.capabilities = objectOr(opening.params['capabilities']);
    this.streams = new SessionStreams({ clock, ended: opening.ended, primes: opening.protocolVersion >= PRIMED_SINCE });
    this.questions = new SessionQuestions(clock);
    this.#parts = parts;
    this.lastUsedMs = clock.monotonicMs();
    this.membership = parts.hub.join({ changed: (method, params) => this.streams.standalone.send(notificationMessage(method, params)) });
  }

  /** The caller as the child's attribution sees it. */
  get caller(): string {
    return `session ${this.id}`;
  }

  get logLevel(): string {
    return this.#logLevel ?? DEFAULT_LOG_LEVEL;
  }

  setLogLevel(level: string): void {
    this.#logLevel = level;
    this.#parts.logLevels.want(this, level);
  }

  /** True for what may be told this session; one that never chose a level gets what the server chooses. */
  mayBeTold(method: string, params: JsonObject): boolean {
    return method !== 'notifications/message' || this.#logLevel === undefined || isAtLeast(params['level'], this.#logLevel);
  }

  answer(id: RpcId, outcome: RpcOutcome): void {
    if (!this.questions.answer(id, outcome)) this.#parts.needs.log.debug('a client answered a question nobody asked', { server: this.#parts.settings.server });
  }

  get isIdle(): boolean {
    return this.calls.size === 0 && !this.streams.hasReader;
  }

  /** Cancels what is under way and ends the streams. */
  end(): void {
    this.membership.leave();
    this.#parts.logLevels.drop(this);
    for (const call of this.calls.values()) call.cancel('the session has ended');
    this.calls.clear();
    this.streams.endAll();
  }
}
