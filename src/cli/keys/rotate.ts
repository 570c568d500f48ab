import { closeRotation } from '../../admin/operations/close-rotation.ts';
import { rollBackRotation } from '../../admin/operations/roll-back-rotation.ts';
import { rotateKey, type RotatedKey } from '../../admin/operations/rotate-key.ts';
import { counted } from '../../model/counted.ts';
import { runRecorded, type Desk } from '../../admin/terminal-record.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { SecretPlace, storeSuccessor } from './store-successor.ts';
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

interface RotateOptions extends KeysOptions, DryRun {
  readonly overlap: string;
  readonly close?: boolean;
  readonly store?: string;
}

const keepOrFail = async ({ key, secret, predecessor }: RotatedKey, place: SecretPlace, where: { readonly desk: Desk; readonly environment: Terminal['env'] }): Promise<void> => {
  const failure = await storeSuccessor({ id: key.id, name: key.name, secret }, place, where);
  if (failure !== undefined) throw new CliError(`the new secret could not be kept, and the rotation was taken back: ${failure}`, { exitCode: EXIT.failure, cure: `mend that, and say it again: sallyport keys rotate ${predecessor.id} --store …` });
};

/** `sallyport keys rotate ID`: the new secret goes to stdout alone, or to a secret manager alone. */
export const keysRotate = async (id: string, options: RotateOptions, terminal: Terminal): Promise<ExitCode> => {
  if (options.close === true) return keysClose(id, options, terminal);
  const overlap = overlapOf(options.overlap, ['now', '1h', '24h', '7d']);
  if (options.dryRun === true) return trying(options, terminal, { operation: rotateKey, input: { id, overlap }, words: ({ callers }) => `a successor of ${id}, which ${counted(callers.length, 'caller')} of the last 7 days would have to take\n${callerLines(callers).join('')}`.trimEnd() });
  const place = options.store === undefined ? undefined : new SecretPlace(options.store, overlap);
  const { callers, ...rotated } = await withStore(options, terminal, async (desk) => {
    const made = await runRecorded(rotateKey, { id, overlap }, desk);
    if (place !== undefined) await keepOrFail(made, place, { desk, environment: terminal.env });
    return made;
  });
  const kept = place?.referenceFor(rotated.key.name);
  if (options.json === true) {
    const { secret, ...shown } = rotated;
    writeJson(terminal, { ...shown, ...(kept === undefined ? { secret: secret.reveal() } : { stored: kept }), callers });
    return EXIT.ok;
  }
  if (options.quiet !== true) {
    const until = overlap === 'now' ? 'is refused from now on' : `works until ${timeOf(rotated.predecessor.overlapEndsAtMs ?? 0)}`;
    terminal.stderr.write(`${id} ${until}; used by ${String(callers.length)} in the last 7 days\n${callerLines(callers).join('')}`);
    terminal.stderr.write(`${rotated.key.id} takes over; "sallyport keys show ${id}" lists who still uses the old one   ${kept === undefined ? 'shown once:' : `kept in ${kept}`}\n`);
  }
  if (kept === undefined) terminal.stdout.write(`${rotated.secret.reveal()}\n`);
  return EXIT.ok;
};
