import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { buildSqliteStore } from '../../src/adapters/store/sqlite/sqlite-store.ts';
import { AlarmRegister } from '../../src/watch/alarm-register.ts';
import { UsualThrottle } from '../../src/watch/call-throttle.ts';
import { UsageWatch } from '../../src/watch/usage-watch.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../src/model/audit-event.ts';
import type { Alarm } from '../../src/model/alarm.ts';
import { DAY_MS } from '../../src/model/duration.ts';
import type { Store } from '../../src/ports/store.ts';
import { CapturedLog } from './captured-log.ts';
import { MovedClock } from './moved-clock.ts';
import { seededRandom } from './seeded-random.ts';

const HOUR_MS = 3_600_000;
const LOOKS_AN_HOUR = 4;

/** A store of its own, until it is disposed of. */
export const openUsageStore = (path: string): Disposable & { readonly store: Store } => {
  const database = openDatabase(path);
  const store = buildSqliteStore(database, new MovedClock());
  return {
    store,
    [Symbol.dispose]() {
      store.close();
      database.close();
    },
  };
};

/** Chance that is the same in each run of a seed. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761) >>> 0;
  }

  /** From 0 to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  isOnce(inSoMany: number): boolean {
    return this.next() < 1 / inSoMany;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  pick<Value>(list: readonly Value[], otherwise: Value): Value {
    return list[Math.floor(this.next() * list.length)] ?? otherwise;
  }
}

type Trade = 'person' | 'agent' | 'service';

/** Anomalies that are planted, by the sign that has to show. */
export const PLANTED = ['volume', 'hour', 'network', 'tool', 'arguments', 'growth'] as const;
export type Planted = (typeof PLANTED)[number];

/** Somebody who calls, with habits. */
interface Caller {
  readonly name: string;
  readonly trade: Trade;
  readonly zoneHours: number;
  readonly perDay: number;
  readonly spread: number;
  readonly hours: readonly number[];
  readonly tools: string[];
  readonly names: string[];
  readonly networks: string[];
  plant?: { readonly kind: Planted; readonly day: number };
  /** What today is like. */
  today: { calls: number; from: number; to: number; network: string };
}

const network = (dice: Dice): string => `198.${String(dice.whole(18, 19))}.${String(dice.whole(1, 250))}.${String(dice.whole(1, 250))}`;

const someTools = (dice: Dice, least: number, most: number): string[] => Array.from({ length: dice.whole(least, most) }, (_, at) => `tool_${String(at)}`);

const someNetworks = (dice: Dice, least: number, most: number): string[] => Array.from({ length: dice.whole(least, most) }, () => network(dice));

const NOBODY = { calls: 0, from: 0, to: 24, network: '' };

const person = (dice: Dice, at: number): Caller => ({
  name: `person-${String(at)}`, trade: 'person', zoneHours: dice.pick([-8, -5, 0, 1, 5, 9], 0), perDay: dice.between(30, 150), spread: 0.6, hours: [], tools: someTools(dice, 3, 12), names: ['id', 'query', 'limit'], networks: someNetworks(dice, 1, 3), today: NOBODY,
});

const agent = (dice: Dice, at: number): Caller => ({
  name: `agent-${String(at)}`, trade: 'agent', zoneHours: 0, perDay: dice.between(300, 1_500), spread: 0.35, hours: [], tools: someTools(dice, 5, 15), names: ['id', 'query', 'limit', 'cursor'], networks: someNetworks(dice, 1, 2), today: NOBODY,
});

const job = (dice: Dice, at: number): Caller => ({
  name: `service-${String(at)}`, trade: 'service', zoneHours: 0, perDay: dice.between(80, 400), spread: 0.1, hours: at % 2 === 0 ? [] : [dice.whole(0, 23), dice.whole(0, 23)], tools: someTools(dice, 1, 4), names: ['id', 'since'], networks: someNetworks(dice, 1, 1), today: NOBODY,
});

/** Twenty people, eight agents and twelve services. */
const company = (dice: Dice): readonly Caller[] => [
  ...Array.from({ length: 20 }, (_, at) => person(dice, at)),
  ...Array.from({ length: 8 }, (_, at) => agent(dice, at)),
  ...Array.from({ length: 12 }, (_, at) => job(dice, at)),
];

/** One day of a person: some work late, some on a weekend, some travel, some have a day of five. */
const personDay = (caller: Caller, dice: Dice, weekday: number): Caller['today'] => {
  if (weekday >= 5 ? !dice.isOnce(30) : dice.isOnce(12)) return NOBODY;
  const from = 9 + dice.normal() * 0.7;
  const to = from + dice.between(7, 9.5) + (dice.isOnce(40) ? dice.between(1, 4) : 0);
  const calls = caller.perDay * Math.exp(caller.spread * dice.normal()) * (dice.isOnce(100) ? 5 : 1) * (weekday >= 5 ? 0.3 : 1);
  if (dice.isOnce(25)) caller.tools.push(`tool_${String(caller.tools.length)}`);
  if (dice.isOnce(30)) caller.names.push(`option_${String(caller.names.length)}`);
  return { calls, from, to, network: dice.isOnce(80) ? network(dice) : dice.pick(caller.networks, '') };
};

/** One day of a program: agents find tools by themselves, services change when they are released, and both catch up now and then. */
const programDay = (caller: Caller, dice: Dice): Caller['today'] => {
  const [isAgent, calls] = [caller.trade === 'agent', caller.perDay * Math.exp(caller.spread * dice.normal())];
  if (dice.isOnce(isAgent ? 30 : 360)) caller.tools.push(`tool_${String(caller.tools.length)}`);
  if (dice.isOnce(isAgent ? 30 : 360)) caller.names.push(`option_${String(caller.names.length)}`);
  if (dice.isOnce(240)) caller.networks[0] = network(dice);
  return { calls: calls * (dice.isOnce(100) ? 2.5 : 1), from: 0, to: 24, network: dice.pick(caller.networks, '') };
};

const callsIn = ({ trade, today, hours, zoneHours }: Caller, hour: number, dice: Dice): number => {
  if (trade === 'service' && hours.length > 0) return hours.includes(hour) ? today.calls / hours.length : 0;
  if (trade !== 'person') return (today.calls / 24) * dice.between(0.6, 1.4);
  // A day that goes past midnight is the same day's.
  const local = (((hour + zoneHours) % 24) + 24) % 24;
  const isWithin = (local >= today.from && local < today.to) || local + 24 < today.to;
  return isWithin ? (today.calls / Math.max(1, today.to - today.from)) * dice.between(0.3, 1.7) : 0;
};

/** What is planted comes on top of the usual. */
const plantIn = (caller: Caller, day: number, hour: number): { readonly calls: number; readonly tool?: string; readonly name?: string; readonly address?: string } => {
  const { plant } = caller;
  if (plant === undefined || day < plant.day) return { calls: 0 };
  if (plant.kind === 'growth') return { calls: (caller.perDay / 24) * (1.12 ** (day - plant.day) - 1), tool: 'tool_0' };
  if (day > plant.day) return { calls: 0 };
  const local = (((hour + caller.zoneHours) % 24) + 24) % 24;
  if (plant.kind === 'volume') return { calls: hour >= 12 && hour < 15 ? 10_000 / 3 : 0, tool: 'tool_0' };
  if (plant.kind === 'hour') return { calls: local === 2 ? 40 : 0, tool: 'tool_0' };
  if (plant.kind === 'network') return { calls: local === 13 ? 20 : 0, tool: 'tool_0', address: '203.0.113.9' };
  if (plant.kind === 'tool') return { calls: hour === 13 ? 5 : 0, tool: 'export_everything' };
  return { calls: hour === 13 ? 5 : 0, tool: 'tool_0', name: 'include_secrets' };
};

/** Who is to show which anomaly: of each kind one, each somebody else. */
const plantAll = (callers: readonly Caller[], dice: Dice): void => {
  const trades: Readonly<Record<Planted, Trade>> = { volume: 'service', hour: 'person', network: 'service', tool: 'service', arguments: 'service', growth: 'agent' };
  for (const kind of PLANTED) {
    const free = callers.filter(({ trade, plant }) => trade === trades[kind] && plant === undefined);
    const chosen = dice.pick(free, free[0] as Caller); // there are more of each trade than kinds
    // A weekday, so that a person is awake on it; growth needs the rest of the month.
    chosen.plant = { kind, day: kind === 'growth' ? 12 : dice.pick([15, 16, 17, 21, 22, 23, 24], 21) };
  }
};

interface Call {
  readonly caller: Caller;
  readonly tool: string;
  readonly names: readonly string[];
  readonly address: string;
}

const event = ({ caller, tool, names, address }: Call, atMs: number): AuditEvent => ({
  v: AUDIT_SCHEMA, id: 'req_1', type: 'call', at: new Date(atMs).toISOString(), who: caller.name, name: 'key', credential: `key_${caller.name}`, method: 'api-key', address, server: 'crm', call: 'tools/call', target: tool,
  arguments: Object.fromEntries(names.map((name) => [name, 1])), decision: 'allow',
});

const usualCalls = (caller: Caller, hour: number, dice: Dice): readonly Call[] => {
  const expected = callsIn(caller, hour, dice);
  const count = Math.floor(expected) + (dice.next() < expected % 1 ? 1 : 0);
  return Array.from({ length: count }, () => {
    // The first tools are used most.
    const tool = caller.tools[Math.floor(caller.tools.length * dice.next() ** 2)] ?? 'tool_0';
    return { caller, tool, names: caller.names.filter((_, at) => at === 0 || dice.next() < 0.5), address: caller.today.network };
  });
};

const plantedCalls = (caller: Caller, day: number, hour: number): readonly Call[] => {
  const { calls, tool = 'tool_0', name, address = caller.today.network } = plantIn(caller, day, hour);
  const call: Call = { caller, tool, names: [caller.names[0] ?? 'id', ...(name === undefined ? [] : [name])], address: address === '' ? caller.networks[0] ?? '' : address };
  return Array.from({ length: Math.round(calls) }, () => call);
};

/** What came of a month. */
export interface Month {
  readonly days: number;
  readonly calls: number;
  /** For each anomaly, how many hours after it began it was told; undefined when it was not. */
  readonly found: Readonly<Record<Planted, number | undefined>>;
  /** Alarms that were told of somebody in whom nothing was planted, or before it was. */
  readonly falseAlarms: readonly { readonly day: number; readonly words: string }[];
  /** How often alarms of the caller with the outburst were told from then on. */
  readonly toldOfVolume: number;
}

/** Simulates days of traffic of a company, with one anomaly of each kind in it. @param store of an empty data directory */
export const simulateMonth = (seed: number, store: Store, days = 30): Month => {
  const [dice, clock] = [new Dice(seed), new MovedClock()];
  // Monday, midnight UTC.
  clock.step(Date.UTC(2026, 7, 3) - clock.nowMs());
  const startMs = clock.nowMs();
  const told: { readonly alarm: Alarm; readonly atMs: number }[] = [];
  const register = new AlarmRegister(store.alarms, { clock, random: seededRandom(String(seed)) }, (alarm) => {
    if (alarm.state === 'open') told.push({ alarm, atMs: clock.nowMs() });
  });
  const watch = new UsageWatch({ clock, log: new CapturedLog(), store: store.baselines, register, throttle: new UsualThrottle(clock) });
  const callers = company(dice);
  plantAll(callers, dice);
  let calls = 0;
  for (let hours = 0; hours < days * 24; hours += 1) {
    const [day, hour] = [Math.floor(hours / 24), hours % 24];
    // The day of a person begins in the middle of their night.
    for (const caller of callers) if ((((hour + caller.zoneHours) % 24) + 24) % 24 === 5) caller.today = caller.trade === 'person' ? personDay(caller, dice, Math.floor((hours + caller.zoneHours) / 24) % 7) : programDay(caller, dice);
    const all = callers.flatMap((caller) => [...usualCalls(caller, hour, dice), ...plantedCalls(caller, day, hour)]);
    calls += all.length;
    for (let look = 0; look < LOOKS_AN_HOUR; look += 1) {
      for (let at = look; at < all.length; at += LOOKS_AN_HOUR) watch.observe(event(all[at] as Call, clock.nowMs())); // within its bounds
      watch.look({ learnDays: 7, throttle: false });
      clock.sleep(HOUR_MS / LOOKS_AN_HOUR);
    }
    if (hour === 23) watch.save();
  }
  return { days, calls, ...judged(callers, told, startMs) };
};

const judged = (callers: readonly Caller[], told: readonly { readonly alarm: Alarm; readonly atMs: number }[], startMs: number): Pick<Month, 'found' | 'falseAlarms' | 'toldOfVolume'> => {
  const of = (caller: Caller) => told.filter(({ alarm }) => alarm.subject === `${caller.name}\nkey`);
  const planted = callers.flatMap((caller) => (caller.plant === undefined ? [] : [{ caller, kind: caller.plant.kind, atMs: startMs + caller.plant.day * DAY_MS }]));
  const isTrue = (alarm: Alarm, atMs: number): boolean => planted.some(({ caller, atMs: since }) => alarm.subject === `${caller.name}\nkey` && atMs >= since);
  const foundOf = (kind: Planted): number | undefined => {
    const [one] = planted.filter((each) => each.kind === kind);
    const at = one === undefined ? undefined : of(one.caller).find(({ alarm, atMs }) => atMs >= one.atMs && alarm.evidence.some(({ sign }) => sign.startsWith(kind)))?.atMs;
    return at === undefined || one === undefined ? undefined : (at - one.atMs) / HOUR_MS;
  };
  return {
    found: { volume: foundOf('volume'), hour: foundOf('hour'), network: foundOf('network'), tool: foundOf('tool'), arguments: foundOf('arguments'), growth: foundOf('growth') },
    falseAlarms: told.filter(({ alarm, atMs }) => !isTrue(alarm, atMs)).map(({ alarm, atMs }) => ({ day: Math.floor((atMs - startMs) / DAY_MS), words: alarm.words })),
    toldOfVolume: planted.filter(({ kind }) => kind === 'volume').flatMap(({ caller, atMs: since }) => of(caller).filter(({ atMs }) => atMs >= since)).length,
  };
};
