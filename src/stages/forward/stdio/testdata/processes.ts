import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** Reads /proc/<pid>/stat; undefined when the process is gone. */
const factsOf = (pid: number): ProcessFacts | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may contain anything, so counting starts after it.
    const [state = '', parent = '', group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, state, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
};

const all = (): ProcessFacts[] => readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (factsOf(Number(name)) ?? []) : []));

/** The process group that a living process belongs to. */
export const groupOf = (pid: number): number => {
  const facts = factsOf(pid);
  if (facts === undefined) throw new Error(`there is no process ${pid}`);
  return facts.group;
};

/** Who still lives in a process group; a zombie waiting for its parent does not. */
export const livingIn = (group: number): readonly number[] => all().flatMap((found) => (found.group === group && found.state !== 'Z' ? [found.pid] : []));

/** Children of a process, dead or alive. */
export const childrenOf = (parent: number): readonly ProcessFacts[] => all().filter((found) => found.parent === parent);

export const environmentOf = (pid: number): string => readFileSync(`/proc/${pid}/environ`, 'utf8');

export const commandLineOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
