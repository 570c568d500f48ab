import { isJsonObject, type JsonObject, type JsonValue } from '../../../../../model/json.ts';
import { RpcCode } from '../../rpc/codes.ts';
import type { RpcError, RpcOutcome } from '../../rpc/message.ts';
import { declares } from '../../translate/client-capabilities.ts';

const REQUIRED = { elicitation: { url: {} } };

const asQuestion = (elicitation: JsonValue, index: number): readonly [string, JsonObject][] => {
  if (!isJsonObject(elicitation)) return [];
  const { elicitationId: _id, ...params } = elicitation;
  return [[`url-${index + 1}`, { method: 'elicitation/create', params: { ...params, mode: 'url' } }]];
};

/**
 * 2025-11-25's error for "the user must first visit an address" as 2026-07-28 says it: an `input_required` result, after
 * which the call is simply made again. No state is needed, for the child has ended the call. Undefined for other errors.
 */
export const urlElicitation = (error: RpcError, capabilities: JsonObject): RpcOutcome | undefined => {
  if (error.code !== RpcCode.legacyUrlElicitationRequired) return undefined;
  const elicitations = isJsonObject(error.data) && Array.isArray(error.data['elicitations']) ? error.data['elicitations'] : [];
  const inputRequests = Object.fromEntries(elicitations.flatMap(asQuestion));
  if (declares(capabilities, REQUIRED) && Object.keys(inputRequests).length > 0) return { kind: 'result', result: { resultType: 'input_required', inputRequests } };
  return { kind: 'error', error: { code: RpcCode.missingCapability, message: error.message, data: { requiredCapabilities: REQUIRED } } };
};
