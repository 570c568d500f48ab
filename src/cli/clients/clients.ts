import { listClients } from '../../admin/operations/list-clients.ts';
import { listConsents, type ListedConsents } from '../../admin/operations/list-consents.ts';
import { removeClient } from '../../admin/operations/remove-client.ts';
import { revokeConsents } from '../../admin/operations/revoke-consents.ts';
import { showClient, type ShownClient } from '../../admin/operations/show-client.ts';
import { printable } from '../../model/redaction.ts';
import type { KnownClient } from '../../ports/client-register.ts';
import { doing, saying, type DryRun } from '../doing.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { timeOf } from '../keys/text.ts';
import { writeJson, type Terminal } from '../terminal.ts';
import { withStore, type KeysOptions } from '../with-store.ts';

const PAGE = 1_000;

export type RemoveOptions = KeysOptions & DryRun & { readonly always?: boolean; readonly reason?: string };

const listed = (list: readonly string[]): string => (list.length === 0 ? 'none' : list.map(printable).join(', '));

const lineOf = ({ id, known, name, redirectUris }: KnownClient): string => `${printable(id)}  ${known.padEnd(10)}${name === undefined ? '' : `  ${printable(name)}`}  answers go to ${listed(redirectUris)}`;

/** `sallyport clients list` */
export const clientsList = (options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  withStore(options, terminal, async ({ needs, by }) => {
    let after: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof listClients.run>> = await listClients.run({ limit: PAGE, ...(after === undefined ? {} : { after }) }, needs, by);
      for (const client of page.clients) {
        if (options.json === true) writeJson(terminal, client);
        else terminal.stdout.write(`${lineOf(client)}\n`);
      }
      after = page.next;
    } while (after !== undefined);
    return EXIT.ok;
  });

const shownText = ({ allowedBy, denials, ...client }: ShownClient): string => [
  lineOf(client),
  `allowed by ${listed(allowedBy)}`,
  ...denials.map(({ by, atMs, issuedUntilMs, reason }) => `${issuedUntilMs === undefined ? 'let in no more' : 'its tokens until then are refused'}, by ${printable(by)} at ${timeOf(atMs)}${reason === undefined ? '' : `: ${printable(reason)}`}`),
].join('\n');

/** `sallyport clients show CLIENT` */
export const clientsShow = async (client: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  saying(await withStore(options, terminal, ({ needs, by }) => showClient.run({ client }, needs, by)), shownText, { options, terminal });

/** `sallyport clients remove CLIENT` */
export const clientsRemove = (client: string, options: RemoveOptions, terminal: Terminal): Promise<ExitCode> => {
  const after = (known: KnownClient['known']): string => {
    if (options.always === true) return 'nobody of this id is let in again; "sallyport revocations lift" takes that back';
    return known === 'agreed' ? 'it stands in the configuration still: take it out there, or say --always' : 'it may register or ask again; --always prevents that';
  };
  return doing(options, terminal, {
    operation: removeClient,
    input: { client, always: options.always === true, ...(options.reason === undefined ? {} : { reason: options.reason }) },
    words: ({ client: { id, known }, ended }) => `removed ${printable(id)}: ${String(ended)} authorizations have ended, and its tokens are refused; ${after(known)}`,
  });
};

const consentsText = ({ names, consents }: ListedConsents): string =>
  consents.length === 0 ? `${listed(names)}: nothing is allowed` : consents.map(({ clientId, client, account, resources, scopes, sinceMs }) => `${printable(clientId)}${client === undefined ? '' : `  ${printable(client)}`}  ${listed(resources)}  ${listed(scopes)}  since ${timeOf(sinceMs)}  by ${account}`).join('\n');

/** `sallyport consents list PERSON` */
export const consentsList = async (person: string, options: KeysOptions, terminal: Terminal): Promise<ExitCode> =>
  saying(await withStore(options, terminal, ({ needs, by }) => listConsents.run({ person }, needs, by)), consentsText, { options, terminal });

/** `sallyport consents revoke PERSON [CLIENT]` */
export const consentsRevoke = ({ person, client }: { readonly person: string; readonly client: string | undefined }, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, {
    operation: revokeConsents,
    input: { person, ...(client === undefined ? {} : { client }) },
    words: ({ names, clients }) => `${listed(clients)} may act for ${listed(names)} no more; they are asked anew`,
  });
