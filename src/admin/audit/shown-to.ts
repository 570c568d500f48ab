import type { AuditEvent } from '../../model/audit-event.ts';
import type { Operator } from '../../ports/operation.ts';

const withoutPayload = ({ arguments: _arguments, ...event }: AuditEvent): AuditEvent => event;

/** A record as an operator may see it: what was called with which arguments, masked ones and their digests included, is for auditors. */
export const shownTo = ({ isAuditor }: Operator): ((event: AuditEvent) => AuditEvent) => (isAuditor === true ? (event) => event : withoutPayload);
