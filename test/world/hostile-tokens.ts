import { readdirSync, readFileSync } from 'node:fs';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { join } from 'node:path';

/** One token that must open nothing, and a part of what the record must say of it. */
export interface HostileToken {
  readonly name: string;
  readonly token: string;
  readonly reason: string;
}

const folder = join(import.meta.dirname, '../attacks/tokens');

/** The corpus, by row of the threat list; `scripts/hostile-tokens.ts` writes it. */
export const hostileTokens = (): ReadonlyMap<string, readonly HostileToken[]> =>
  new Map(readdirSync(folder).filter((file) => !['keys.json', 'good.json'].includes(file)).map((file) => [file.replace('.json', ''), read(file) as readonly HostileToken[]])); // the script wrote it so

const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));

/** The token that the hostile ones differ from. */
export const goodToken = (): string => (read('good.json') as readonly HostileToken[])[0]?.token ?? '';

const keys = read('keys.json') as Readonly<Record<string, Readonly<Record<string, string>>>>; // JWKs by name

const shown = (name: string): Readonly<Record<string, unknown>> => ({ ...createPublicKey(createPrivateKey({ key: { ...keys[name] }, format: 'jwk' })).export({ format: 'jwk' }), kid: name, use: 'sig' });

/** Issuers as a configuration names them: good keys, and among them those that must not be used (J13). */
export const corpusIssuers = (): Readonly<Record<string, unknown>> => ({
  corp: {
    issuer: 'https://idp.example',
    maxLifetime: '99999d',
    keys: {
      keys: [
        ...['rsa', 'rsa2', 'weak', 'ec', 'ed'].map(shown),
        { ...shown('enc'), use: 'enc' },
        { ...keys['bare'], kid: 'bare' },
        { kty: 'oct', kid: 'oct', k: Buffer.from('symmetric-secret-of-the-set').toString('base64url') },
      ],
    },
  },
  partner: { issuer: 'https://partner.example', maxLifetime: '99999d', keys: { keys: [shown('partner')] } },
  short: { issuer: 'https://short.example', keys: { keys: [shown('short')] } },
});

export const CORPUS_AUDIENCE = 'https://gateway.example/alpha/mcp';
