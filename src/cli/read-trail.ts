import { buildSqliteTrailReader } from '../adapters/audit-sinks/sqlite-trail-reader.ts';
import type { AuditReader } from '../ports/audit-sink.ts';
import { journalIn, type Home } from './home.ts';

/** The audit trail of a data directory, for reading. */
export const readTrail = ({ database, directory, signer }: Home): AuditReader => buildSqliteTrailReader({ database, directory: journalIn(directory), signer });
