import type { ASTNode } from '@marcbachmann/cel-js';
import { UNSURE, unsure, type Compiler, type Step } from './step.ts';

/** What of a moment is asked without a zone, which is UTC's; days of the month count from 0, dates from 1. */
const IN_UTC: ReadonlyMap<string, (now: Date) => number> = new Map([
  ['getFullYear', (now: Date) => now.getUTCFullYear()],
  ['getMonth', (now: Date) => now.getUTCMonth()],
  ['getDate', (now: Date) => now.getUTCDate()],
  ['getDayOfMonth', (now: Date) => now.getUTCDate() - 1],
  ['getDayOfWeek', (now: Date) => now.getUTCDay()],
  ['getHours', (now: Date) => now.getUTCHours()],
  ['getMinutes', (now: Date) => now.getUTCMinutes()],
  ['getSeconds', (now: Date) => now.getUTCSeconds()],
]);

/** Names of zones, in letters that need no escape in an expression. */
const ZONE = /^[A-Za-z0-9_+\-/]+$/;

const attempt = (ask: (now: Date) => unknown, nowMs: number): unknown => {
  try {
    return ask(new Date(nowMs));
  } catch {
    return UNSURE;
  }
};

/** What a clock on the wall shows costs the library tens of microseconds, and stays true for a second. */
const oncePerSecond = (ask: (now: Date) => unknown): Step => {
  let [second, answer]: [number, unknown] = [Number.NaN, UNSURE];
  return ({ nowMs }) => {
    const asked = Math.floor(nowMs / 1000);
    if (asked !== second) [second, answer] = [asked, attempt(ask, nowMs)];
    return answer;
  };
};

/** A function of `now`: `now.getHours()`, `now.getDayOfWeek("Europe/Berlin")`. */
export const compileTime = (name: string, args: readonly ASTNode[], { askAt }: Compiler): Step => {
  const inUtc = IN_UTC.get(name);
  if (inUtc === undefined) return unsure;
  const [zone] = args;
  if (zone === undefined) return ({ nowMs }) => BigInt(inUtc(new Date(nowMs)));
  if (zone.op !== 'value' || typeof zone.args !== 'string' || !ZONE.test(zone.args)) return unsure;
  return oncePerSecond(askAt(`now.${name}("${zone.args}")`));
};
