import type { DatabaseSync } from 'node:sqlite';
import { readHeads, vouchedText, type Heads } from './head.ts';
import { isSignedBy } from './signer.ts';

/** How far each chain goes by the signed head. @returns what is wrong with it, in words */
export const provenHeads = (database: DatabaseSync, publicKey: string): Heads | string => {
  const row = database.prepare('SELECT heads, signature FROM audit_head').get();
  if (row === undefined) return {};
  if (!isSignedBy(publicKey, vouchedText('head', String(row['heads'])), String(row['signature']))) return 'the head is not signed by the key of this trail';
  return readHeads(String(row['heads']));
};

/** That there are records of a chain of which the signed head knows nothing. */
export const foreignWords = (writer: string): string => `the signed head does not know the chain of the ${writer}`;

/** That a chain ends elsewhere than it did. */
export const cutWords = (writer: string, seq: number): string => `the chain of the ${writer} does not end where its signed head says (record ${String(seq)}): records were cut off or changed`;
