import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { keyFilter } from '../keys/select-keys.ts';
import { keyId } from '../keys/key-input.ts';
import type { ListedKey } from '../keys/listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { listKeys } from './list-keys.ts';

const input = z.strictObject({
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  filter: keyFilter.optional(),
  after: keyId.optional(),
  limit: z.number().int().min(1).max(1_000).default(1_000),
});

export interface ExportedKeys {
  /** Whole lines; the first page of a CSV begins with its heading. */
  readonly text: string;
  readonly next?: string;
}

const time = (atMs: number | undefined): string => (atMs === undefined ? '' : new Date(atMs).toISOString());

const COLUMNS: Readonly<Record<string, (key: ListedKey) => string>> = {
  id: ({ id }) => id,
  hint: ({ hint }) => hint,
  state: ({ state }) => state,
  name: ({ name }) => name,
  owner: ({ owner }) => owner,
  purpose: ({ purpose = '' }) => purpose,
  environment: ({ environment }) => environment,
  class: ({ keyClass = '' }) => keyClass,
  permissions: ({ permissions }) => permissions.join(' '),
  roles: ({ roles }) => roles.join(' '),
  networks: ({ networks = [] }) => networks.join(' '),
  created: ({ createdAtMs }) => time(createdAtMs),
  expires: ({ expiresAtMs }) => time(expiresAtMs),
  revoked: ({ revokedAtMs }) => time(revokedAtMs),
  last_used: ({ lastUse }) => time(lastUse?.atMs),
  last_address: ({ lastUse }) => lastUse?.address ?? '',
  last_client: ({ lastUse }) => lastUse?.client ?? '',
  leak_reports: ({ leakReports = 0 }) => String(leakReports),
  last_leak_report: ({ leakReportedAtMs }) => time(leakReportedAtMs),
  rotate_by: ({ rotateByMs }) => time(rotateByMs),
};

/** One cell (RFC 4180). A spreadsheet takes what begins like a formula for one, so it is made to begin with an apostrophe (CWE-1236). */
const cell = (text: string): string => {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

const csvLine = (key: ListedKey): string => `${Object.values(COLUMNS).map((read) => cell(read(key))).join(',')}\r\n`;

/** Hands out the inventory of keys, a page at a time: neither hash nor secret is in it (R24). */
export const exportKeys: Operation<'keys export', z.input<typeof input>, ExportedKeys, AdminNeeds> = {
  name: 'keys export',
  summary: 'hand out the inventory of keys as JSON lines or CSV, without secrets',
  input,
  permission: 'admin:keys',
  http: { method: 'GET', path: '/api/keys/export' },
  async run(raw, needs, by) {
    const { format, ...page } = readInput(input, raw);
    const { keys, next } = await listKeys.run(page, needs, by);
    const more = next === undefined ? {} : { next };
    if (format === 'jsonl') return { text: keys.map((key) => `${JSON.stringify(key)}\n`).join(''), ...more };
    const heading = page.after === undefined ? `${Object.keys(COLUMNS).join(',')}\r\n` : '';
    return { text: heading + keys.map(csvLine).join(''), ...more };
  },
};
