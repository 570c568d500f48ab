import { z } from 'zod';
import type { KnownClient } from '../ports/client-register.ts';
import type { KnownIssuer } from '../model/token/denial.ts';
import { NothingFound, type AdminNeeds } from './needs.ts';

/** A client by its id, which may be the URL of its document. */
export const clientId = z.string().trim().min(1).max(500);

/** By what name the authorization server's own tokens are known, wherever issuers are named. */
const OWN = 'sallyport';

/** @throws NothingFound for a client that is not known */
export const findClient = ({ clients }: Pick<AdminNeeds, 'clients'>, id: string): KnownClient => {
  const found = clients.find(id);
  if (found === undefined) throw new NothingFound('no client of that id is known here: "sallyport clients list" tells which there are');
  return found;
};

/** The gateway's own issuer, as tokens and denials name it; none where no authorization server has run on this data directory. */
export const ownIssuers = ({ store }: Pick<AdminNeeds, 'store'>): readonly KnownIssuer[] => store.denials.issuers.list().filter(({ name }) => name === OWN);
