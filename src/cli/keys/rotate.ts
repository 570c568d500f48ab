import { closeRotation } from '../../admin/operations/close-rotation.ts';
import { rollBackRotation } from '../../admin/operations/roll-back-rotation.ts';
import { rotateKey } from '../../admin/operations/rotate-key.ts';
import { counted } from '../../model/counted.ts';
import { runRecorded } from '../../admin/terminal-record.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { doing, trying, type DryRun } from '../doing.ts';
import { overlapOf } from './flags.ts';
import { withStore, type KeysOptions } from '../with-store.ts';
import { callerLines, timeOf } from './text.ts';
import { writeJson, type Terminal } from '../terminal.ts';

/** `sallyport keys close ID` */
export const keysClose = (id: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: closeRotation, input: { id }, words: ({ revoked, successor }) => `revoked ${revoked}; ${successor} goes on alone` });

/** `sallyport keys rollback ID` */
export const keysRollBack = (id: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: rollBackRotation, input: { id }, words: ({ revoked, restored }) => `revoked ${revoked}; ${restored} goes on as before` });

/** `sallyport keys rotate ID`: the new secret goes to stdout alone. */
export const keysRotate = async (id: string, options: KeysOptions & DryRun & { readonly overlap: string; readonly close?: boolean }, terminal: Terminal): Promise<ExitCode> => {
  if (options.close === true) return keysClose(id, options, terminal);
  const overlap = overlapOf(options.overlap, ['now', '1h', '24h', '7d']);
  if (options.dryRun === true) return trying(options, terminal, { operation: rotateKey, input: { id, overlap }, words: ({ callers }) => `a successor of ${id}, which ${counted(callers.length, 'caller')} of the last 7 days would have to take\n${callerLines(callers).join('')}`.trimEnd() });
  const { callers, ...rotated } = await withStore(options, terminal, (desk) => runRecorded(rotateKey, { id, overlap }, desk));
  if (options.json === true) {
    writeJson(terminal, { ...rotated, secret: rotated.secret.reveal(), callers });
    return EXIT.ok;
  }
  if (options.quiet !== true) {
    const until = overlap === 'now' ? 'is refused from now on' : `works until ${timeOf(rotated.predecessor.overlapEndsAtMs ?? 0)}`;
    terminal.stderr.write(`${id} ${until}; used by ${String(callers.length)} in the last 7 days\n${callerLines(callers).join('')}`);
    terminal.stderr.write(`${rotated.key.id} takes over; "sallyport keys show ${id}" lists who still uses the old one   shown once:\n`);
  }
  terminal.stdout.write(`${rotated.secret.reveal()}\n`);
  return EXIT.ok;
};
