import { isJsonObject, textOf, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { ClientRegister, KnownClient } from '../../ports/client-register.ts';
import type { StoredRecord } from '../../ports/authority-store.ts';
import { Records, type RecordNeeds } from '../records/records.ts';
import type { Families } from './families.ts';

const PAGE = 1_000;

const DOCUMENT = 'ClientDocument';

const clientIn = (id: string, known: KnownClient['known'], metadata: JsonObject): KnownClient => {
  const { client_name: name, redirect_uris: uris } = metadata;
  return { id, known, ...(typeof name === 'string' ? { name } : {}), redirectUris: Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [] };
};

/** What is kept of a document that somebody has agreed to. */
const documentIn = (payload: JsonObject): KnownClient | undefined => {
  const metadata = JSON.parse(textOf(payload['document']) ?? '{}') as JsonValue; // a JSON text gives a JSON value
  const id = isJsonObject(metadata) ? textOf(metadata['client_id']) : undefined;
  return isJsonObject(metadata) && id !== undefined ? clientIn(id, 'document', metadata) : undefined;
};

/** The clients that the authorization server knows, as operators see and end them. */
export const buildClientRegister = ({ families, ...needs }: RecordNeeds & { readonly families: Families }): ClientRegister => {
  const { store, clock } = needs;
  const [clients, documents, grants] = [new Records('Client', needs), new Records(DOCUMENT, needs), new Records('Grant', needs)];
  const isOver = ({ expiresAtMs }: StoredRecord): boolean => expiresAtMs !== undefined && expiresAtMs <= clock.nowMs();
  const all = function* (kind: string): Generator<StoredRecord> {
    for (let page = store.page(kind, { after: '', limit: PAGE }); page.length > 0; page = store.page(kind, { after: page.at(-1)?.id ?? '', limit: PAGE })) yield* page.filter((record) => !isOver(record));
  };
  const registered = (record: StoredRecord): KnownClient => clientIn(record.id, 'registered', clients.open(record));
  const agreed = (): readonly KnownClient[] => store.agreed.list().map((client) => ({ ...client, known: 'agreed' }));
  const withDocument = (): readonly KnownClient[] => [...all(DOCUMENT)].map((record) => documentIn(documents.open(record))).filter((client) => client !== undefined);
  const findRegistered = (id: string): KnownClient | undefined => {
    const found = clients.find(id);
    return found === undefined || isOver(found) ? undefined : registered(found);
  };
  const allowedTo = (id: string): readonly string[] => [...new Set([...all('Grant')].flatMap((grant) => (grants.open(grant)['clientId'] === id && grant.account !== undefined ? [grant.account] : [])))];
  return {
    page: ({ after, limit }) => [...(after === undefined ? [...agreed(), ...withDocument()] : []), ...store.page('Client', { after: after ?? '', limit }).filter((record) => !isOver(record)).map(registered)],
    find: (id) => agreed().find((client) => client.id === id) ?? findRegistered(id) ?? withDocument().find((client) => client.id === id),
    allowedTo,
    remove(id) {
      const ended = allowedTo(id).reduce((count, account) => count + families.endClient(account, id), 0);
      store.consents.forgetClient(id);
      store.destroy('Client', clients.idOf(id));
      store.destroy(DOCUMENT, documents.idOf(id));
      return ended;
    },
    allowedBy: (account) => families.allowedBy(account),
    endClient: (account, clientId) => families.endClient(account, clientId),
  };
};
