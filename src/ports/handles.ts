/** What a server hands out and takes back: possession of one is never authentication (RS-14). */
export type HandleKind = 'session' | 'state' | 'task';

/** Who may use which handle of which server: with another credential it is not found (attacks.md M01). */
export interface Handles {
  /** Notes that the server gave this handle to this credential. */
  bind(kind: HandleKind, handle: string, owner: HandleOwner): void;
  isOwnedBy(kind: HandleKind, handle: string, owner: HandleOwner): boolean;
  forget(kind: HandleKind, handle: string, owner: HandleOwner): void;
}

export interface HandleOwner {
  readonly server: string;
  readonly credentialId: string;
}
