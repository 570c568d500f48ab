import { Secret } from '../../model/secret.ts';
import { entropyOf, isOrdinary, isPlaceholder } from '../placeholder.ts';
import type { Certainty, Detection, Detector } from '../finding.ts';

/** A form of secrets that the kept rule set does not know. */
interface Form {
  readonly rule: string;
  readonly what: string;
  readonly certainty: Certainty;
  /** Its group `secret` is the secret, or else all of it. */
  readonly pattern: RegExp;
  /** Bits in each character below which it is no secret. */
  readonly entropy?: number;
  /** What else has to be true of what was found. */
  readonly holds?: (found: string) => boolean;
}

/** The shortest (Ed25519) has 64 characters; one that is cut off in a document has less than any that is of use without its end. */
const isWholeKey = (found: string): boolean => {
  const body = found.split('KEY-----')[1]?.replaceAll(/\\[nr]|[\s"',]|-----END/g, '') ?? '';
  return /[A-Za-z0-9+/=]{32}/.test(body) && body.length >= (found.endsWith('-----END') ? 60 : 400);
};

const FORMS: readonly Form[] = [
  { rule: 'private-key', what: 'a private key', certainty: 'certain', pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\\"',+A-Za-z0-9/=]{32,16000}(?:-----END)?/g, holds: isWholeKey },
  { rule: 'json-web-token', what: 'a JSON web token', certainty: 'certain', pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}/g },
  { rule: 'aws-key-id', what: 'the id of an access key of AWS', certainty: 'certain', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g, entropy: 3 },
  { rule: 'stripe', what: 'a key of Stripe', certainty: 'certain', pattern: /\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,99}\b/g, entropy: 3 },
  { rule: 'gitlab', what: 'a token of GitLab', certainty: 'certain', pattern: /\bgl(?:pat|ptt|dt|rt|cbt|ft|agent|soat)-[0-9A-Za-z_-]{20,64}/g, entropy: 3 },
  { rule: 'google', what: 'a key of Google', certainty: 'certain', pattern: /\bAIza[0-9A-Za-z_-]{35}\b/g, entropy: 3 },
  { rule: 'google-oauth', what: 'a client secret of Google', certainty: 'certain', pattern: /\bGOCSPX-[0-9A-Za-z_-]{28}\b/g },
  { rule: 'github', what: 'a token of GitHub', certainty: 'certain', pattern: /\b(?:gh[pousr]_[0-9A-Za-z]{36,251}|github_pat_[0-9A-Za-z_]{60,251})\b/g, entropy: 3 },
  { rule: 'slack-webhook', what: 'a webhook of Slack', certainty: 'certain', pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[A-Z0-9]+\/[A-Z0-9]+\/[0-9A-Za-z]{16,}/g },
  { rule: 'discord', what: 'a webhook of Discord', certainty: 'certain', pattern: /https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[\w-]{60,}/g },
  { rule: 'telegram', what: 'a bot token of Telegram', certainty: 'certain', pattern: /\b\d{8,10}:AA[0-9A-Za-z_-]{33}\b/g },
  { rule: 'sendgrid', what: 'a key of SendGrid', certainty: 'certain', pattern: /\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}\b/g },
  { rule: 'hugging-face', what: 'a token of Hugging Face', certainty: 'certain', pattern: /\bhf_[A-Za-z]{34,40}\b/g, entropy: 3 },
  { rule: 'openai', what: 'a key of OpenAI', certainty: 'certain', pattern: /\bsk-(?:proj-|svcacct-|admin-)?[0-9A-Za-z_-]{20,}T3BlbkFJ[0-9A-Za-z_-]{20,}/g },
  { rule: 'age', what: 'a secret key of age', certainty: 'certain', pattern: /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/g },
  { rule: 'docker-auth', what: 'a login of a container registry', certainty: 'certain', pattern: /"auth"\s*:\s*"(?<secret>[A-Za-z0-9+/]{20,}={0,2})"/g, entropy: 3 },
  { rule: 'npm-auth', what: 'a token of an npm registry', certainty: 'certain', pattern: /_authToken\s*=\s*(?<secret>[0-9A-Za-z_-]{20,})/g, entropy: 3 },
  { rule: 'azure-storage', what: 'a key of Azure Storage', certainty: 'certain', pattern: /AccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/g },
  { rule: 'password-in-url', what: 'a password in a URL', certainty: 'certain', pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`<>]{1,100}:(?<secret>[^\s:/@"'`<>]{3,200})@[\w.[\]-]+/gi },
  { rule: 'token-in-url', what: 'a credential in the query of a URL', certainty: 'likely', pattern: /[?&](?:api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|token|secret|password)=(?<secret>[^&\s"'`<>)\]}]{8,400})/gi, entropy: 3 },
  { rule: 'authorization-header', what: 'a credential in a header', certainty: 'likely', pattern: /\b(?:proxy-)?authorization["']?\s*[:=,]\s*["'`]?\s*(?:bearer|basic|token)\s+(?<secret>[A-Za-z0-9._~+/=-]{12,2000})/gi, entropy: 3 },
  { rule: 'api-key-header', what: 'a key in a header', certainty: 'likely', pattern: /\bx-(?:api|auth|access)[-_](?:key|token)["']?\s*[:=,]\s*["'`]?(?<secret>[A-Za-z0-9._~+/=-]{12,2000})/gi, entropy: 3 },
];

/** What base64 hides in the header of Basic (RFC 7617 §2): a password that is a word is one of an example. */
const isExample = (match: string, secret: string): boolean => {
  if (!/\bbasic\s/i.test(match)) return isOrdinary(secret);
  const password = Buffer.from(secret, 'base64').toString('utf8').split(':').slice(1).join(':');
  return password.length < 6 || isPlaceholder(password) || isOrdinary(password);
};

const detected = (form: Form, match: RegExpExecArray): Detection | undefined => {
  const secret = match.groups?.['secret'] ?? match[0];
  const from = match.index + match[0].lastIndexOf(secret);
  if (form.holds?.(match[0]) === false) return undefined;
  if (isPlaceholder(secret) || (form.certainty === 'likely' && isExample(match[0], secret)) || entropyOf(secret) < (form.entropy ?? 0)) return undefined;
  return { rule: form.rule, what: form.what, certainty: form.certainty, from, to: from + secret.length, secret: new Secret(secret) };
};

/** Secrets by their form. */
export const forms: Detector = {
  detect: (text) => FORMS.flatMap((form) => [...text.matchAll(form.pattern)].map((match) => detected(form, match)).filter((found) => found !== undefined)),
};
