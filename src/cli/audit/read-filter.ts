import { readFilter, type Filter } from '../../admin/audit/filter.ts';
import { FilterFault } from '../../admin/audit/filter-text.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT } from '../exit.ts';

/**
 * The filter that the words of a command line make.
 * @throws CliError that shows the place which cannot be read
 */
export const filterFrom = (words: readonly string[], nowMs: number): Filter => {
  const flag = words.find((word) => word.startsWith('--'));
  if (flag !== undefined) throw new CliError(`unknown option ${printable(flag)}`, { exitCode: EXIT.usage, cure: '"sallyport audit --help" lists the options, and docs/audit.md the terms of a filter' });
  const text = words.join(' ');
  try {
    return readFilter(text, nowMs);
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    throw new CliError(`${printable(error.message)}\n  ${printable(text)}\n  ${' '.repeat(error.column - 1)}^`, { exitCode: EXIT.usage, cure: 'write terms such as who:alice* server:crm -decision:allow since:7d (docs/audit.md)' });
  }
};
