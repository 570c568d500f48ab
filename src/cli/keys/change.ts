import type { ListedKey } from '../../admin/keys/listed-key.ts';
import { allowKey } from '../../admin/operations/allow-key.ts';
import { disableKey } from '../../admin/operations/disable-key.ts';
import { enableKey } from '../../admin/operations/enable-key.ts';
import { extendKey } from '../../admin/operations/extend-key.ts';
import { limitKey } from '../../admin/operations/limit-key.ts';
import { revokeKey } from '../../admin/operations/revoke-key.ts';
import { showKey } from '../../admin/operations/show-key.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { doing, type DryRun } from '../doing.ts';
import { limitsOf, overlapOf, wholeDays, type LimitFlags } from './flags.ts';
import { withStore, type KeysOptions } from '../with-store.ts';
import { limitsText, showText, timeOf } from './text.ts';
import { painter, wantsColour, writeJson, type Terminal } from '../terminal.ts';

/** `sallyport keys show ID` */
export const keysShow = async (id: string, options: KeysOptions & { readonly days: string }, terminal: Terminal): Promise<ExitCode> => {
  const days = wholeDays(options.days, '--days');
  const shown = await withStore(options, terminal, ({ needs, by }) => showKey.run({ id, days }, needs, by));
  if (options.json === true) writeJson(terminal, shown);
  else terminal.stdout.write(showText(shown, painter(wantsColour(terminal.stdout, terminal.env))));
  return EXIT.ok;
};

/** `sallyport keys revoke ID` */
export const keysRevoke = (id: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: revokeKey, input: { id }, words: (revoked) => `revoked ${revoked.id}` });

/** `sallyport keys disable ID` */
export const keysDisable = (id: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: disableKey, input: { id }, words: ({ key }) => `disabled ${key.id}; "sallyport keys enable ${key.id}" switches it on again` });

/** `sallyport keys enable ID` */
export const keysEnable = (id: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: enableKey, input: { id }, words: ({ key }) => `${key.id} is ${key.state}` });

/** `sallyport keys allow ID PERMISSION…` */
export const keysAllow = (id: string, permissions: readonly string[], { options, terminal }: { readonly options: KeysOptions & DryRun; readonly terminal: Terminal }): Promise<ExitCode> =>
  doing(options, terminal, { operation: allowKey, input: { id, permissions: [...permissions] }, words: ({ key, added, warnings }) => [`${key.id} may now also ${added.map((text) => printable(text)).join(' ')}`, ...warnings.map((warning) => `warning: ${warning}`)].join('\n') });

/** `sallyport keys limit ID --per-day 1000` */
export const keysLimit = (id: string, options: KeysOptions & DryRun & LimitFlags & { readonly none?: boolean }, terminal: Terminal): Promise<ExitCode> => {
  const limits = limitsOf(options);
  const count = Object.keys(limits).length;
  if (count === 0 && options.none !== true) {
    throw new CliError('no limit was given', { exitCode: EXIT.usage, cure: `sallyport keys limit ${id} --per-day 1000   or   sallyport keys limit ${id} --none` });
  }
  return doing(options, terminal, { operation: limitKey, input: { id, limits, replace: options.none === true }, words: ({ key }) => `${key.id} is limited to ${key.limits === undefined ? 'what the configuration says' : limitsText(key.limits)}` });
};

const untilText = ({ id, expiresAtMs, overlapEndsAtMs }: ListedKey, overlap: boolean): string => `${id} ${overlap ? 'goes on beside its successor' : 'lasts'} until ${timeOf((overlap ? overlapEndsAtMs : expiresAtMs) ?? 0)}`;

/** `sallyport keys extend ID --days 30`, or `--overlap 24h` */
export const keysExtend = (id: string, options: KeysOptions & DryRun & { readonly days?: string; readonly overlap?: string }, terminal: Terminal): Promise<ExitCode> => {
  const asked = {
    id,
    ...(options.days === undefined ? {} : { days: wholeDays(options.days, '--days') }),
    ...(options.overlap === undefined ? {} : { overlap: overlapOf(options.overlap, ['1h', '24h', '7d']) }),
  };
  return doing(options, terminal, { operation: extendKey, input: asked, words: ({ key }) => untilText(key, options.overlap !== undefined) });
};
