import { hourOf, type ToolUse, type Tried } from './baseline.ts';

/** In so many hours a name was seen that has come to stay. */
const STAYED_HOURS = 3;
/** In so many looks in a row the tool was called without it: what a release has brought comes again sooner. */
const GONE_LOOKS = 8;
/** Of what is seldom called it is known after a day. */
const DAY_HOURS = 24;
const MOST = 16;

/** What the names are, while the process lives: at rest there are only their digests. */
const called = new WeakMap<ToolUse, Map<string, string>>();

/** Begins to look whether new names of arguments stay. */
export const tryNames = (tool: ToolUse, fresh: ReadonlyMap<string, string>, atMs: number): void => {
  const hour = hourOf(atMs);
  tool.tried ??= {};
  for (const [digest, name] of fresh) {
    if (Object.keys(tool.tried).length >= MOST) return;
    tool.tried[digest] = { first: hour, last: hour, hours: 1, without: 0 };
    called.set(tool, (called.get(tool) ?? new Map<string, string>()).set(digest, name));
  }
};

const isSeen = (one: Tried, hour: number): void => {
  if (one.last !== hour) [one.last, one.hours] = [hour, one.hours + 1];
  one.without = 0;
};

/** Notes a look at calls of the tool. @returns new names that have not stayed; a name that is not known any more is undefined */
export const goneNames = (tool: ToolUse, seen: ReadonlyMap<string, string>, atMs: number): readonly (string | undefined)[] => {
  if (tool.tried === undefined) return [];
  const hour = hourOf(atMs);
  const gone: (string | undefined)[] = [];
  for (const [digest, one] of Object.entries(tool.tried)) {
    if (seen.has(digest)) isSeen(one, hour);
    else one.without += 1;
    const isGone = one.without >= GONE_LOOKS || (hour - one.first >= DAY_HOURS && one.hours < STAYED_HOURS);
    if (isGone) gone.push(called.get(tool)?.get(digest));
    if (isGone || one.hours >= STAYED_HOURS) {
      delete tool.tried[digest];
      called.get(tool)?.delete(digest);
    }
  }
  if (Object.keys(tool.tried).length === 0) delete tool.tried;
  return gone;
};
