import type { DirectoryEntry, DirectoryKind } from '../model/directory-entry.ts';

/** What a company's directory has told us, at rest. Names are compared without regard to case (RFC 7643 §4.1.1). */
export interface DirectoryStore {
  get(kind: DirectoryKind, id: string): DirectoryEntry | undefined;
  named(kind: DirectoryKind, name: string): DirectoryEntry | undefined;
  externally(kind: DirectoryKind, externalId: string): readonly DirectoryEntry[];
  /** In the order they came, from a place on, which counts from 0. */
  page(kind: DirectoryKind, from: number, limit: number): { readonly total: number; readonly entries: readonly DirectoryEntry[] };
  /** Writes it, in place of the one of the same id. @throws Error when another one has the name */
  put(entry: DirectoryEntry): void;
  /** False when there is none. */
  drop(kind: DirectoryKind, id: string): boolean;
  /** Ids of the users in a group. */
  membersOf(groupId: string): readonly string[];
  /** The groups that a user is in. */
  groupsOf(userId: string): readonly { readonly id: string; readonly displayName: string }[];
  join(groupId: string, userIds: readonly string[]): void;
  leave(groupId: string, userIds: readonly string[]): void;
}
