import type { GatewayError } from '../../../errors/gateway-error.ts';
import { refusal } from '../refusal.ts';

const placed = (what: string, at: number | undefined): string => (at === undefined ? what : `${what} at byte ${at}`);

/**
 * The body is no JSON text: -32700 (JSON-RPC 2.0 §5.1).
 * @param at the byte offset, when it is known
 */
export const malformed = (what: string, at?: number): GatewayError => refusal('rpc.parse', placed(what, at));

/**
 * The body is JSON, but two readers could read it differently or it exceeds a bound: -32600.
 * @param at the byte offset, when it is known
 */
export const ambiguous = (what: string, at?: number): GatewayError => refusal('rpc.invalid', placed(what, at));
