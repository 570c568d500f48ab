import { redactText } from '../../model/redaction.ts';
import { isNamedSecret } from '../../scan/detectors/named.ts';
import { entropyOf, isOrdinary } from '../../scan/placeholder.ts';

const LEAST_LENGTH = 16;
const LEAST_BITS = 3;

const looksMade = (word: string): boolean => word.length >= LEAST_LENGTH && /^[\w+=~.-]+$/.test(word) && /\d/.test(word) && /[A-Za-z]/.test(word) && !isOrdinary(word) && !/[@/]|\.[cm]?[jt]s$|\.py$/.test(word) && entropyOf(word) > LEAST_BITS;

/** A command as it may be told: without the values of variables and of flags that are called a secret, which stand in it for want of a better place. */
export const shownCommand = (words: readonly string[]): string =>
  redactText(words.map((word, at) => {
    const named = /^(-{0,2}[\w.-]+)=/.exec(word);
    if (named !== null) return `${named[1] ?? ''}=…`;
    const flag = /^--?([\w-]+)$/.exec(words[at - 1] ?? '')?.[1] ?? '';
    return (flag !== '' && isNamedSecret(flag) && !word.startsWith('-')) || looksMade(word) ? '…' : word;
  }).join(' '));
