import { reportLeak } from '../../admin/operations/report-leak.ts';
import type { Secret } from '../../model/secret.ts';
import { counted } from '../../model/counted.ts';
import { doing } from '../doing.ts';
import type { KeysOptions } from '../with-store.ts';
import type { Terminal } from '../terminal.ts';

/** Puts the keys of ours that were found in quarantine at once, as "sallyport leaks report" does. */
export const quarantineFound = async (found: readonly { readonly rule: string; readonly secret: Secret }[], options: KeysOptions, terminal: Terminal): Promise<void> => {
  const keys = [...new Set(found.filter(({ rule }) => rule === 'sallyport-key').map(({ secret }) => secret.reveal()))];
  if (keys.length === 0) return;
  await doing(options, terminal, {
    operation: reportLeak,
    input: { text: keys.join('\n') },
    words: (report) => `${counted(report.keys.length, 'key')} put in quarantine${report.unknown === 0 ? '' : `, ${String(report.unknown)} not stored here`}`,
  });
};
