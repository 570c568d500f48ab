import { isJsonObject, type JsonObject } from '../model/json.ts';
import { answers, failureLine, onOneLine, readSent, type WrittenId } from './message.ts';
import type { Unreached } from './post.ts';

/** What failed connections mean, and what to do; the first fitting row counts. */
const CONNECTIONS: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there: is the gateway running?'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'its name is not known: check the URL and the network'],
  [/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'it cannot be reached: check the network'],
  [/^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/, 'nobody this machine trusts has signed its certificate: name the authority with --ca'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name: check the URL'],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired: whoever runs it has to renew it'],
  [/ALERT_CERTIFICATE_REQUIRED$|ALERT_HANDSHAKE_FAILURE$/, 'it wants a client certificate: give --cert and --key'],
  [/ALERT_UNKNOWN_CA$/, 'it does not know who has signed the client certificate'],
  [/ALERT_CERTIFICATE_EXPIRED$/, 'it takes the client certificate for expired: renew it, or check the clocks'],
  [/ALERT_CERTIFICATE_REVOKED$/, 'the client certificate was revoked'],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$|^EPROTO$/, 'it does not speak TLS there: is it http:// rather than https://?'],
];

/** Why the gateway was not reached, in words. */
export const unreachedBecause = ({ code, isUnsent }: Unreached): string => {
  const meaning = CONNECTIONS.find(([pattern]) => pattern.test(code))?.[1];
  if (meaning !== undefined) return `the gateway was not reached (${code}): ${meaning}`;
  return isUnsent ? `the gateway was not reached (${code})` : `the connection broke before the answer (${code}): the call may or may not have been carried out`;
};

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** RFC 9457, as the gateway writes it: what is wrong, and what to do about it. */
const fromProblem = (status: number, problem: JsonObject): { readonly message: string; readonly data: JsonObject } => {
  const words = [text(problem['title']) ?? text(problem['error']) ?? `the gateway answered HTTP ${String(status)}`, text(problem['detail']), text(problem['hint'])];
  const told = Object.fromEntries(['code', 'request_id', 'type'].flatMap((member) => (typeof problem[member] === 'string' ? [[member, problem[member]]] : [])));
  return { message: words.flatMap((word) => (word === undefined ? [] : [word.replace(/\.$/, '')])).join('. '), data: { status, ...told } };
};

/** What a refusal says, for the log of whoever runs the bridge. */
export const refusalInWords = (status: number, body: string): string => {
  const sent = readSent(body);
  return sent === undefined ? `the gateway answered HTTP ${String(status)}` : fromProblem(status, sent).message;
};

/** A refused request's answer to the client: the server's own error where it is one, and the gateway's words otherwise. */
export const refusalLine = (id: WrittenId, { status, body }: { readonly status: number; readonly body: string }): string => {
  const sent = readSent(body);
  if (sent === undefined) return failureLine(id, `the gateway answered HTTP ${String(status)}`, { status });
  if (answers(sent, id)) return onOneLine(body);
  // An error that was found before the id was read.
  if (isJsonObject(sent['error']) && sent['jsonrpc'] === '2.0') return JSON.stringify({ jsonrpc: '2.0', id, error: sent['error'] });
  const { message, data } = fromProblem(status, sent);
  return failureLine(id, message, data);
};
