import { Secret } from '../../model/secret.ts';
import { entropyOf, isOrdinary, isPlaceholder } from '../placeholder.ts';
import type { Detection, Detector } from '../finding.ts';

/** `NAME=value`, `name: value`, `"name": "value"`, `export NAME='value'`, where the name says that the value is secret. */
const ASSIGNED = /(?<![\w$.-])["']?(?<name>[A-Za-z][\w.-]{0,60}?)["']?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}(?:(?<quote>["'`])(?<quoted>[^"'`\r\n]{8,512})\k<quote>|(?<bare>[^\s"'`,;#&|()<>{}[\]]{8,512}))/g;

const SECRET_NAME = /(?:^|[_.-]|(?<=[a-z])(?=[A-Z]))(?:api[_-]?key|apikey|secret(?:[_-]?key)?|access[_-]?key|private[_-]?key|client[_-]?secret|auth[_-]?token|access[_-]?token|refresh[_-]?token|bot[_-]?token|token|password|passwd|passphrase|credential|encryption[_-]?key|signing[_-]?key|webhook[_-]?secret)s?(?:[_-]?(?:live|prod|production|staging))?$/i;

/** Names that hold such a word and mean something else. */
const NOT_SECRET = /(?:public|max|min|num|count|limit|length|type|name|path|file|url|uri|endpoint|expir|ttl|format|prefix|header|field|csrf|next|page|continuation|cursor|total|input|output|prompt|completion|stop|pad|eos|bos|unk|mask|sep|cls)[_-]?\w*$|^(?:tokens|max_?tokens|token_?type|tokenizer)|(?:change|request|action|idempotency|sequence)[_-]?token$/i;

/** Files that hold nothing but settings: there a value need not be quoted to be one. */
const SETTINGS = /(?:^|\/)(?:\.env(?:\.[\w.-]+)?|[\w.-]+\.env|\.npmrc|\.netrc|\.pypirc|environ(?:ment)?(?:\.txt)?|[\w.-]+\.(?:ya?ml|toml|ini|cfg|conf|properties|tfvars|env|envrc|log|txt|bak|old|orig|swp|save)|env[\w.-]*)~?$/i;

/** Whether what is called so is secret. */
export const isNamedSecret = (name: string): boolean => SECRET_NAME.test(name) && !NOT_SECRET.test(name);

/** Less is guessed; what is made by chance has more. */
const LEAST_BITS = 3;

const detected = (match: RegExpExecArray, path: string): Detection | undefined => {
  const { name = '', quoted, bare } = match.groups ?? {};
  const value = quoted ?? (SETTINGS.test(path) ? bare : undefined);
  if (value === undefined || !isNamedSecret(name)) return undefined;
  if (isPlaceholder(value) || isOrdinary(value) || entropyOf(value) < LEAST_BITS) return undefined;
  const from = match.index + match[0].lastIndexOf(value);
  return { rule: 'named-secret', what: `a value that is called ${name}`, certainty: 'likely', from, to: from + value.length, secret: new Secret(value) };
};

/** Values that are called a secret and look as if made by chance. */
export const named: Detector = {
  detect: (text, path) => [...text.matchAll(ASSIGNED)].map((match) => detected(match, path)).filter((found) => found !== undefined),
};
