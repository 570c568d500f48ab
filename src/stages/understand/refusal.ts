import type { ErrorCode } from '../../errors/catalogue.ts';
import { GatewayError, type Circumstances } from '../../errors/gateway-error.ts';

/**
 * A refusal that says the same to the caller and to the audit trail. That is safe because `what` names rules and places
 * and never repeats a value of the request: arguments may be secret (attacks.md G04).
 * @param what one sentence fragment such as `params is not an object`
 */
export const refusal = (code: ErrorCode, what: string, more: Partial<Circumstances> = {}): GatewayError =>
  new GatewayError(code, { ...more, reason: what, detail: what });
