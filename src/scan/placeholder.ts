/** Words that stand where a secret is to be put. */
const WORDS = /^(?:changeme|change[-_ ]?me|password|passwd|passw0rd|secret|token|none|null|nil|undefined|true|false|test|testing|dummy|fake|foo|bar|baz|placeholder|redacted|masked|hidden|value|string|todo|tbd|admin|root|user|postgres|mysql|guest|default|localhost|required|optional|empty|enabled|disabled)$/i;

/** Somebody says that it is no secret. */
const SAYS_SO = /example|sample|placeholder|changeme|change[-_]me|your[-_ ]|my[-_](?:api|secret|token|key|password)|[-_ ]here$|insert|replace|dummy|redacted|verylong|xxxx|\*{3}|\.{3}|…|0123456789|123456789|987654321|abcdefgh|550e8400-e29b-41d4-a716-4466554|\$\{|\{\{|%[sd]\b|[\\^]w|\[0-9|\[a-z/i;

/** What a template fills in: `${NAME}`, `$NAME`, `{{ name }}`, `<name>`, `%NAME%`, `env:NAME`, `process.env.NAME`. */
const FILLED_IN = /^(?:\$\{?[A-Za-z_]|\{\{|<[^>]*>?$|%[A-Za-z_]+%$|\[[^\]]*\]$|(?:env|file|vault|op|aws|gcp|azure|secret):|process\.env|os\.environ|os\.getenv|getenv|System\.getenv|ENV\[|secrets\.|var\.|data\.|local\.|module\.|config\.|settings\.|self\.|this\.|args\.|params\.|options\.|req\.|request\.)/;

/** A few characters, over and over. */
const isMonotonous = (text: string): boolean => new Set(text).size <= Math.max(2, Math.min(5, Math.floor(text.length / 6)));

/** Whether a text only stands where a secret is to be put. */
export const isPlaceholder = (text: string): boolean => WORDS.test(text) || SAYS_SO.test(text) || FILLED_IN.test(text) || isMonotonous(text);

/** Shorter ones cannot be told from an abbreviation. */
const LEAST_SCRAMBLED = 12;

/** Letters as chance puts them: large and small ones in turn, hardly a vowel, or more consonants in a row than can be said. */
const isScrambled = (word: string): boolean => {
  if (word.length < LEAST_SCRAMBLED) return false;
  const turns = word.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0;
  const vowels = word.match(/[aeiouy]/gi)?.length ?? 0;
  return turns > word.length * 0.4 || vowels < word.length * 0.2 || /[bcdfghjklmnpqrstvwxz]{6}/i.test(word);
};

/** Words with hyphens between them, and a short number at most: made up by a person who wanted to say something. */
const isSpoken = (text: string): boolean => /^_*[A-Za-z]+(?:[-_. ][A-Za-z]+)*(?:[-_.]?\d{1,4}[A-Za-z]?|[-_.][A-Za-z]\d{1,4})?$/.test(text) && !text.split(/[^A-Za-z]+/).some(isScrambled);

/** A value that is code, a path, a sentence or words, and no secret. */
export const isOrdinary = (value: string): boolean => isSpoken(value) || /^\s*(?:https?:\/\/|(?:urn|arn):|\/|\.\.?\/|~\/|[A-Z]:\\)/.test(value) || /\s\S+\s/.test(value) || /^[\d.,:-]+$/.test(value) || /^(?:sha\d+-|[\w.]+\()/.test(value);

/** Bits of information in each character, by how often each occurs (Shannon). */
export const entropyOf = (text: string): number => {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - (count / text.length) * Math.log2(count / text.length), 0);
};
