import { hash, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { DenialLevel } from '../../model/token/denial.ts';
import type { Operation } from '../../ports/operation.ts';
import { deniedIds, deny, reason, type Denied } from '../deny.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

/** As `openssl x509 -fingerprint -sha256` writes it, or without colons, or in small letters. */
const fingerprint = z.string().transform((text) => text.replaceAll(':', '').toLowerCase()).pipe(z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 fingerprint: 64 hexadecimal digits, with or without colons'));

const input = z.strictObject({
  /** SHA-256 of the certificate. */
  fingerprint: fingerprint.exactOptional(),
  /** SHA-256 of the public key (SubjectPublicKeyInfo): all certificates with it, renewed ones too. */
  key: fingerprint.exactOptional(),
  /** The certificate itself, in PEM. */
  certificate: z.string().max(32_768).exactOptional(),
  /** With `certificate`: its key too. */
  alsoKey: z.boolean().default(false),
  reason,
}).refine(({ fingerprint: one, key, certificate }) => [one, key, certificate].filter((given) => given !== undefined).length === 1, { message: 'give one of fingerprint, key and certificate' })
  .refine(({ certificate, alsoKey }) => certificate !== undefined || !alsoKey, { message: 'alsoKey needs the certificate itself: its fingerprint does not tell its key' });

type Named = readonly (readonly [DenialLevel, string])[];

const namesOf = (text: string, alsoKey: boolean): Named => {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new OperationRefused('that is no certificate in PEM: give the one that the client shows');
  try {
    const { raw, publicKey } = new X509Certificate(text);
    const itself = ['certificate', hash('sha256', raw, 'hex')] as const;
    return alsoKey ? [itself, ['public-key', hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex')]] : [itself];
  } catch {
    throw new OperationRefused('that certificate cannot be read: give its SHA-256 fingerprint');
  }
};

/** Certificates are of nobody among the issuers of tokens, and a denial of one is kept: nobody knows here when it ends. */
const NOBODYS = { issuer: '', maxLifetimeMs: 0 };

/** Refuses a client certificate, by itself or by its key, at once and whatever its issuer says (R90). */
export const denyCertificate: Operation<'pki deny', z.input<typeof input>, Denied, AdminNeeds> = {
  name: 'pki deny',
  summary: 'refuse one client certificate, or all with one key, by fingerprint',
  input,
  permission: 'admin:revocations',
  http: { method: 'POST', path: '/api/revocations/certificate' },
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { fingerprint: one, key, certificate, alsoKey, reason: why } = readInput(input, raw);
    const named: Named = certificate === undefined ? [...(one === undefined ? [] : [['certificate', one] as const]), ...(key === undefined ? [] : [['public-key', key] as const])] : namesOf(certificate, alsoKey);
    return deny(named.map(([level, value]) => ({ level, issuer: NOBODYS, value, reason: why })), needs, by);
  },
};
