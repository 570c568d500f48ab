import type { Handed } from '../../ports/operation.ts';
import type { AdminNeeds } from '../needs.ts';

/** For an operation that gives new life or a new secret to a key: what that key may do. */
export const handsOfKey = ({ id }: { readonly id: string }, { store }: AdminNeeds): readonly Handed[] => {
  const key = store.apiKeys.get(id);
  return key === undefined ? [] : [key];
};
