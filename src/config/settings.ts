import { redactText } from '../model/redaction.ts';
import { parsePlaced } from './parse-config.ts';
import { isOfProfile } from './profile.ts';
import { managedReference } from './secret-ref.ts';

/** One setting, as it takes effect. */
export interface Setting {
  /** Such as `listen.port`. */
  readonly path: string;
  readonly value: unknown;
  /** `default`, the profile that says so, or the file and line it stands in. */
  readonly origin: string;
}

/** Where operators write secrets; a reference may be shown, what might be the secret itself may not. */
const MAY_BE_SECRET = /^(?:servers\.[^.]+\.(?:headers|env)|audit\.sinks\.[^.]+\.headers|telemetry\.(?:traces|metrics)\.headers)\./;
const isReference = (text: string): boolean => /^(?:env|file):/.test(text) || managedReference(text) !== undefined;
const MASK = '[masked]';

const shown = (path: string, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => shown(path, item));
  if (typeof value !== 'string' || isReference(value)) return value;
  return MAY_BE_SECRET.test(path) ? MASK : redactText(value);
};

/** The leaves of a configuration: lists and empty objects are leaves, they are replaced as a whole. */
const leavesOf = (value: unknown, path: readonly string[]): readonly { readonly path: readonly string[]; readonly value: unknown }[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
};

/**
 * Every setting of a configuration as it takes effect, in the order of the reference.
 * @throws ConfigError as `parseConfig` does
 */
export const settingsOf = (text: string, source: string): readonly Setting[] => {
  const { config, lineOf } = parsePlaced(text, source);
  const unwritten = (path: readonly string[]): string => (isOfProfile(config.profile, path) ? `profile ${config.profile}` : 'default');
  return leavesOf(config, []).map(({ path, value }) => {
    const line = lineOf(path);
    const name = path.join('.');
    return { path: name, value: shown(name, value), origin: line === undefined ? unwritten(path) : `${source}:${String(line)}` };
  });
};
