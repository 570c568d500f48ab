import { isJsonObject, type JsonValue } from '../model/json.ts';
import type { Ending } from '../model/expiring.ts';
import { Secret } from '../model/secret.ts';
import type { Config } from './schema.ts';
import { resolveValue, secretValuesIn, type Sources } from './secret-ref.ts';

/** A signed token, by itself or behind a scheme such as Bearer. */
const TOKEN = /^(?:\S+ )?eyJ[\w-]+\.([\w-]+)\.[\w-]+$/;
const SECOND_MS = 1_000;

const claimsOf = (text: string): Readonly<Record<string, JsonValue>> | undefined => {
  const [, body] = TOKEN.exec(text) ?? [];
  if (body === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as JsonValue; // whatever it is, it is looked at below
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
};

/** When a value ends by its own word (RFC 7519 §4.1.4); undefined for what says nothing of that. */
const endOf = (value: Secret | string): Pick<Ending, 'fromMs' | 'expiresAtMs'> | undefined => {
  const claims = claimsOf(value instanceof Secret ? value.reveal() : value);
  const [ends, began] = [claims?.['exp'], claims?.['iat']];
  if (typeof ends !== 'number' || !Number.isFinite(ends)) return undefined;
  return { expiresAtMs: ends * SECOND_MS, fromMs: typeof began === 'number' && began < ends ? began * SECOND_MS : 0 };
};

/** A file may be gone since the configuration was read: that is told where it is read again. */
const valueAt = (text: string, where: string, sources: Sources): Secret | string => {
  try {
    return resolveValue(text, where, sources);
  } catch {
    return '';
  }
};

/** Secrets of a configuration that are tokens with an end of their own: the gateway's credentials for servers, providers and receivers, which nobody refreshes. */
export const expiringSecrets = (config: Config, sources: Sources): readonly Ending[] =>
  secretValuesIn(config).flatMap(({ where, text }) => {
    const end = endOf(valueAt(text, where, sources));
    return end === undefined ? [] : [{ name: where, what: `the token at ${where}`, cure: 'get another one, put it there and reload', ...end }];
  });
