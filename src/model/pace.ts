/** Part of a token: thirds and sevenths of a second do not add up in doubles, and the last token must not be lost by that. */
const ROUNDING = 1e-4;

/** A rate in the terms of the generic cell rate algorithm (ITU-T I.371): how long a call takes, and how far calls may run ahead. */
export interface Pace {
  readonly intervalMs: number;
  readonly toleranceMs: number;
}

/** @param perSecond undefined for no rate at all: then nothing takes time */
export const paceOf = (perSecond: number | undefined, burst: number): Pace => {
  const intervalMs = perSecond === undefined ? 0 : 1000 / perSecond;
  return { intervalMs, toleranceMs: intervalMs * (burst + ROUNDING) };
};
