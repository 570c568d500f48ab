import type { Reply } from '../../model/exchange.ts';
import { Secret } from '../../model/secret.ts';

/** The one place where a secret leaves by HTTP: the reply to whoever has just made it. */
function handOver(this: Readonly<Record<string, unknown>>, member: string, value: unknown): unknown {
  const held = this[member];
  return held instanceof Secret ? held.reveal() : value;
}

/** The good answer of an operation. It is never kept by anybody on the way. */
export const adminReply = (output: unknown): Reply => ({
  kind: 'whole',
  status: 200,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(output ?? {}, handOver),
});
