import { Secret } from '../../model/secret.ts';
import type { Detector } from '../finding.ts';

/** Words that want a model to do what its user has not asked for, or not to say it: samples of what was seen in poisoned tools. */
const PATTERNS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|all|other|system|user(?:'s)?)\b[^.\n]{0,30}\b(?:instructions?|prompts?|rules?|guidelines?|messages?)\b/gi,
  /\b(?:do not|don't|never|without)\b[^.\n]{0,30}\b(?:tell|telling|mention|mentioning|inform|informing|reveal|revealing|show|showing|notify|notifying|disclose|alert|ask|asking)\b[^.\n]{0,30}\bthe user\b/gi,
  /\b(?:keep|hide|conceal)\b[^.\n]{0,40}\bfrom the user\b/gi,
  /<\/?(?:important|system|secret|instructions?|hidden|admin)>/gi,
  /\b(?:before|when|after|whenever)\b[^.\n]{0,20}\b(?:using|calling|invoking|running)\b[^.\n]{0,30}\b(?:this|any|other|another|every)\b[^.\n]{0,20}\btools?\b[^\n]{0,60}\b(?:read|send|include|pass|fetch|open|cat|upload|append|forward)\b/gi,
  /\b(?:read|cat|open|send|include|upload|pass)\b[^.\n]{0,60}(?:~\/\.(?:ssh|aws|cursor|config|netrc|env|gnupg)|\bid_rsa\b|\/etc\/passwd|\bmcp\.json\b|claude_desktop_config|\.env\b)/gi,
  /\b(?:send|forward|post|upload|exfiltrate|append|include)\b[^.\n]{0,40}\b(?:conversation|chat history|system prompt|previous messages|credentials|api keys?|secrets|tokens)\b[^.\n]{0,40}\b(?:to|in|as)\b/gi,
  /\byou (?:are now|must now)\b|\bnew (?:system )?instructions:|\bsystem prompt:/gi,
];

/** Where the words of a server speak to the model instead of describing. What is found is a reason to read, and no proof. */
export const wordsToModel: Detector = {
  detect: (text) =>
    PATTERNS.flatMap((pattern) => [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
      rule: 'words-to-model', what: 'words to the model that its user would not expect', certainty: 'likely' as const,
      from: index, to: index + found.length, secret: new Secret(found), shown: found.replaceAll(/\s+/g, ' ').slice(0, 80),
      next: 'read the whole text, and do not use the server if it is meant so',
    }))),
};
