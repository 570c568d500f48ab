import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/** For whom a configuration is; each is a set of defaults, and whatever the file says itself wins (D1). */
export const PROFILES = ['solo', 'team', 'regulated'] as const;

export type Profile = (typeof PROFILES)[number];

interface Defaults {
  readonly config: JsonObject;
  /** Of every server, where tokens are a way in at all. */
  readonly server: JsonObject;
  /** Of every receiver of the trail. */
  readonly sink: JsonObject;
}

/**
 * `team` has its people in a directory: tokens, and keys on a listener of their own. `regulated` takes no credential that is good in other
 * hands, and no key in a URL (D7), and does nothing that those who keep its trail do not hear of.
 */
const DEFAULTS: Readonly<Record<Profile, Defaults>> = {
  solo: { config: {}, server: {}, sink: {} },
  team: { config: { listen: { accept: ['oauth'] } }, server: {}, sink: {} },
  regulated: { config: { listen: { accept: ['oauth'] }, apiKeys: { query: false } }, server: { tokens: { bound: 'any-bound' } }, sink: { failClosed: true } },
};

/** What is not there is taken from the defaults; what is there and has another form stays, to be refused by the schema. */
const filled = (value: JsonValue | undefined, defaults: JsonValue): JsonValue => {
  if (value === undefined) return defaults;
  if (!isJsonObject(value) || !isJsonObject(defaults)) return value;
  return { ...value, ...Object.fromEntries(Object.entries(defaults).map(([name, inner]) => [name, filled(value[name], inner)])) };
};

const isProfile = (value: unknown): value is Profile => PROFILES.some((name) => name === value);

const accepts = (listener: JsonValue | undefined): boolean => isJsonObject(listener) && Array.isArray(listener['accept']) && listener['accept'].includes('oauth');

/** Whether any listener takes tokens. */
const takesTokens = ({ listen, listeners }: JsonObject): boolean => accepts(listen) || (Array.isArray(listeners) && listeners.some(accepts));

const withSinks = (value: JsonValue, sink: JsonObject): JsonValue => {
  const audit = isJsonObject(value) ? value['audit'] : undefined;
  if (!isJsonObject(value) || audit === undefined || !isJsonObject(audit) || !isJsonObject(audit['sinks'])) return value;
  return { ...value, audit: { ...audit, sinks: Object.fromEntries(Object.entries(audit['sinks']).map(([name, entry]) => [name, filled(entry, sink)])) } };
};

/** A configuration as it was written, with what its profile says where it says nothing. */
export const withProfile = (value: unknown): unknown => {
  const written = value as JsonValue; // what YAML gives; the schema judges it
  if (!isJsonObject(written) || !isProfile(written['profile'])) return value;
  const { config, server, sink } = DEFAULTS[written['profile']];
  const whole = withSinks(filled(written, config), sink);
  if (!isJsonObject(whole) || !isJsonObject(whole['servers']) || !takesTokens(whole)) return whole;
  return { ...whole, servers: Object.fromEntries(Object.entries(whole['servers']).map(([name, entry]) => [name, filled(entry, server)])) };
};

const isBelow = (defaults: JsonValue | undefined, path: readonly string[]): boolean => {
  const [first, ...rest] = path;
  if (first === undefined) return defaults !== undefined;
  return isJsonObject(defaults) && isBelow(defaults[first], rest);
};

/** Whether a setting that the file leaves out is what the profile says. */
export const isOfProfile = (profile: Profile, path: readonly string[]): boolean => {
  const { config, server, sink } = DEFAULTS[profile];
  if (path[0] === 'audit' && path[1] === 'sinks') return isBelow(sink, path.slice(3));
  return path[0] === 'servers' ? isBelow(server, path.slice(2)) : isBelow(config, path);
};
