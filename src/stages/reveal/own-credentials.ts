import { Secret } from '../../model/secret.ts';

/** A shorter one, such as the password `production`, may stand in an answer by chance, and that must not be withheld. */
const SHORTEST = 16;

/** Members that hold a credential even where it is written out in the configuration. */
const CREDENTIAL_NAME = /authorization|cookie|key|token|secret|password|credential/i;

/** How a credential may stand in an answer: as it is, as JSON writes it, and in base64. */
const formsOf = (credential: string): readonly string[] => [credential, JSON.stringify(credential).slice(1, -1), Buffer.from(credential).toString('base64').replace(/=+$/, '')];

/** The credential itself, without the name of its scheme (RFC 9110 §11.4). */
const withoutScheme = (value: string): string => value.replace(/^[A-Za-z][\w-]{2,15} +/, '');

/** Whether an answer holds what the gateway has told the server to prove itself. */
export type HoldsOwn = (answer: Buffer | string) => boolean;

/**
 * Compiles what no answer of a server may hold: the gateway's own credentials for it, which some servers repeat in errors and in the output
 * of tools, and which no caller may see (P02 the other way round).
 * @param values headers and variables that the server is given, by name
 * @returns undefined for a server that is given none, so that its answers are not looked at
 */
export const buildHoldsOwn = (values: Readonly<Record<string, Secret | string>>): HoldsOwn | undefined => {
  const credentials = Object.entries(values).flatMap(([name, value]) => (value instanceof Secret ? [value.reveal()] : CREDENTIAL_NAME.test(name) ? [value] : []));
  const needles = [...new Set(credentials.map(withoutScheme).filter((credential) => credential.length >= SHORTEST).flatMap(formsOf))];
  if (needles.length === 0) return undefined;
  return (answer) => needles.some((needle) => answer.includes(needle));
};
