import type { KnownPerson } from '../../model/known-person.ts';
import type { Store } from '../../ports/store.ts';
import { denialsOf } from './find-person.ts';

/** Somebody as operators see them. */
export interface ListedPerson extends Omit<KnownPerson, 'said'> {
  readonly state: 'active' | 'disabled';
}

/** Whether somebody is disabled is what the list of denials says, and stands nowhere else. */
export const listedPerson = ({ said: _said, ...person }: KnownPerson, store: Pick<Store, 'denials'>): ListedPerson => ({ ...person, state: denialsOf(store, { names: [person.own, person.called] }).length > 0 ? 'disabled' : 'active' });
