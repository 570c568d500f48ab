/** An address as a directory lists it. */
export interface DirectoryEmail {
  readonly value: string;
  readonly type?: string;
  readonly primary?: true;
}

interface Entry {
  readonly id: string;
  /** What the directory calls it by itself. */
  readonly externalId?: string;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
}

/** Somebody whom a company's directory has told us of (SCIM 2.0, RFC 7643 §4.1): as much as is of use here. */
export interface DirectoryUser extends Entry {
  readonly kind: 'User';
  readonly userName: string;
  readonly displayName?: string;
  readonly active: boolean;
  readonly emails: readonly DirectoryEmail[];
}

/** A group of it (RFC 7643 §4.2); who is in it is asked of the store. */
export interface DirectoryGroup extends Entry {
  readonly kind: 'Group';
  readonly displayName: string;
}

export type DirectoryEntry = DirectoryUser | DirectoryGroup;
export type DirectoryKind = DirectoryEntry['kind'];

/** The name that is there once. */
export const nameOf = (entry: DirectoryEntry): string => (entry.kind === 'User' ? entry.userName : entry.displayName);
