import { keyAccount, personAccount } from '../../model/account.ts';
import type { AdminNeeds } from '../needs.ts';
import type { Meant } from './find-person.ts';

const MOST_KEYS = 1_000;

/** The accounts by which somebody signs in: their own, and those of their keys (D6). */
export const accountsOf = ({ person, names }: Meant, { store }: Pick<AdminNeeds, 'store'>): readonly string[] => [
  ...(person === undefined ? [] : [personAccount(person.id)]),
  ...names.flatMap((owner) => store.apiKeys.page({ limit: MOST_KEYS, owner })).map(({ id }) => keyAccount(id)),
];
