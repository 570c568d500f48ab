import type { AuditEvent } from './audit-event.ts';

/** How long a call has waited for its server, in milliseconds: until the server began to answer, or until it was given up; undefined for a call that never came so far. */
export const upstreamWaitMs = ({ upstreamMs, code, durationMs, authMs, policyMs }: AuditEvent): number | undefined => {
  if (upstreamMs !== undefined || policyMs === undefined || durationMs === undefined || code?.startsWith('upstream.') !== true) return upstreamMs;
  return Math.max(0, durationMs - policyMs - (authMs ?? 0));
};
