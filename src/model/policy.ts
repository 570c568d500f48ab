import type { Primitive } from './call.ts';
import type { JsonObject } from './json.ts';
import type { Principal } from './principal.ts';

export type Effect = 'allow' | 'deny';

/** What a server claims of a tool. A tool of which nothing is claimed counts as destructive: so MCP reads an absent hint. */
export type Annotation = 'read-only' | 'write' | 'destructive';

/**
 * Whom a rule is about: any of these. Without one it is about everybody. A rule that denies meets every credential of whom it names; one that
 * allows meets a credential that was given permissions or roles of its own only by its id or by a role of its own.
 */
export interface Who {
  readonly role?: readonly string[] | undefined;
  readonly group?: readonly string[] | undefined;
  /** Subjects: the owner of a key, a user. */
  readonly person?: readonly string[] | undefined;
  /** Ids of keys, never their names: those are anybody's to choose. */
  readonly key?: readonly string[] | undefined;
  readonly client?: readonly string[] | undefined;
  /** Subjects of client certificates. */
  readonly certificate?: readonly string[] | undefined;
}

/** What a rule is about: globs. Without tools, resources and prompts it is about all of the servers, the servers themselves included. */
export interface What {
  readonly server?: readonly string[] | undefined;
  readonly tool?: readonly string[] | undefined;
  readonly resource?: readonly string[] | undefined;
  readonly prompt?: readonly string[] | undefined;
  /** Permissions, named or written out: what they cover. */
  readonly permission?: readonly string[] | undefined;
}

/** A rule as it is written. */
export interface RuleText {
  readonly name: string;
  readonly effect: Effect;
  readonly who: Who;
  readonly what: What;
  /** Options by condition; all of them must hold. */
  readonly when: Readonly<Record<string, unknown>>;
}

/** A policy as it is written: names for permissions, roles that hold permissions, and rules. */
export interface PolicyText {
  readonly permissions: Readonly<Record<string, readonly string[]>>;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly RuleText[];
}

/** Everything a decision may look at: what a condition does not find here cannot decide anything. */
export interface Facts {
  readonly principal: Principal;
  readonly server: string;
  readonly environment: 'live' | 'test';
  /** Absent when the call is about the server as a whole. */
  readonly primitive: Primitive | undefined;
  /** Absent while they are not known: a list is narrowed before anybody calls. */
  readonly arguments: JsonObject | undefined;
  /** True of arguments that were read back from the trail, where what looks like a secret is masked and what is long is cut. */
  readonly redacted?: boolean;
  readonly annotation: Annotation | undefined;
  readonly address: string;
  readonly nowMs: number;
}

/** Whether something holds; `unknown` when what it depends on is not known yet, or not any more. */
export type Answer = boolean | 'unknown';

/** What came of judging one rule, for explanations. */
export interface Tried {
  readonly rule: string;
  readonly effect: Effect;
  readonly outcome: 'holds' | 'other-caller' | 'other-key' | 'other-target' | 'condition' | 'error' | 'unknown';
  /** Which conditions did not hold, and what they saw. */
  readonly why?: string;
}

/**
 * - `rule`: a rule denies. `condition`: rules would allow, and their conditions do not hold. `error`: a condition could not be judged.
 * - `nothing`: no permission and no rule covers it. `unknown` is neither: it depends on what is not known.
 */
export type Decision =
  | { readonly effect: 'allow'; readonly rule: string }
  | { readonly effect: 'deny'; readonly because: 'nothing' }
  | { readonly effect: 'deny'; readonly because: 'rule' | 'condition' | 'error'; readonly rule: string; readonly reason: string }
  | { readonly effect: 'unknown'; readonly rule: string };

/** What a policy that only watches would have decided otherwise. */
export interface ShadowDifference {
  /** Its version. */
  readonly policy: string;
  readonly decision: 'allow' | 'deny';
  readonly rule?: string;
}

/** A compiled policy: immutable, and known by its version. */
export interface Policy {
  /** Digest of the canonical text: the same rules have the same version, wherever they are read. */
  readonly version: string;
  /** Pure and synchronous. */
  decide(facts: Facts): Decision;
  /** Every rule and what came of it; slow, for explanations. */
  trace(facts: Facts): readonly Tried[];
}
