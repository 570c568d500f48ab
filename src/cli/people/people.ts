import { disablePerson } from '../../admin/operations/disable-person.ts';
import { enablePerson } from '../../admin/operations/enable-person.ts';
import { listPeople } from '../../admin/operations/list-people.ts';
import { showPerson, type ShownPerson } from '../../admin/operations/show-person.ts';
import type { ListedPerson } from '../../admin/people/listed-person.ts';
import { printable } from '../../model/redaction.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { doing, saying, type DryRun } from '../doing.ts';
import { listLine, timeOf } from '../keys/text.ts';
import { painter, wantsColour, writeJson, type Terminal } from '../terminal.ts';
import { withStore, type KeysOptions } from '../with-store.ts';

const PAGE = 1_000;

const listed = (list: readonly string[]): string => (list.length === 0 ? 'none' : list.map(printable).join(', '));

const lineOf = ({ id, own, called, state, name, groups, roles, lastSeenAtMs }: ListedPerson): string =>
  `${id}  ${state.padEnd(8)}  ${printable(called)}${called === own ? '' : ` (${printable(own)})`}${name === undefined ? '' : `  ${printable(name)}`}  groups ${listed(groups)}  roles ${listed(roles)}  seen ${timeOf(lastSeenAtMs)}`;

/** `sallyport people list` */
export const peopleList = (options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  withStore(options, terminal, async ({ needs, by }) => {
    let after: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof listPeople.run>> = await listPeople.run({ limit: PAGE, ...(after === undefined ? {} : { after }) }, needs, by);
      for (const person of page.people) {
        if (options.json === true) writeJson(terminal, person);
        else terminal.stdout.write(`${lineOf(person)}\n`);
      }
      after = page.next;
    } while (after !== undefined);
    return EXIT.ok;
  });

const shownText = ({ person, names, keys, denials }: ShownPerson, terminal: Terminal): string => {
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  return [
    person === undefined ? `${printable(names[0] ?? '')} has never signed in` : lineOf(person),
    ...(person === undefined ? [] : [`first seen ${timeOf(person.firstSeenAtMs)} at ${printable(person.issuer)}`]),
    ...denials.map(({ value, by, atMs, reason }) => `disabled as ${printable(value)} by ${printable(by)} at ${timeOf(atMs)}${reason === undefined ? '' : `: ${printable(reason)}`}`),
    ...keys.map((key) => listLine(key, paint).trimEnd()),
  ].join('\n');
};

/** `sallyport people show PERSON` */
export const peopleShow = async (person: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> => {
  const shown = await withStore(options, terminal, ({ needs, by }) => showPerson.run({ person }, needs, by));
  return saying(shown, (what) => shownText(what, terminal), { options, terminal });
};

/** `sallyport people disable PERSON` */
export const peopleDisable = (person: string, options: KeysOptions & DryRun & { readonly reason?: string; readonly unknown?: boolean }, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: disablePerson, input: { person, unknown: options.unknown === true, ...(options.reason === undefined ? {} : { reason: options.reason }) }, words: ({ names }) => `disabled ${listed(names)}: keys, tokens and sessions are refused from now on; "sallyport people enable" takes it back` });

/** `sallyport people enable PERSON` */
export const peopleEnable = (person: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: enablePerson, input: { person }, words: ({ names }) => `${listed(names)} may sign in and call again` });
