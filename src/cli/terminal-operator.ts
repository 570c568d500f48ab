import { userInfo } from 'node:os';
import type { Operator } from '../ports/operation.ts';

/** A container may run under a number that no account has. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${String(process.getuid?.() ?? 'unknown')}`;
  }
};

/**
 * Who runs operations at the terminal, as the operating system says: never from the environment, where anybody may write any name. The
 * prefix keeps an account apart from a person of the same name.
 */
export const terminalOperator = (): Operator => ({ name: `os:${userName()}`, isAuditor: true });
