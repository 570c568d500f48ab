import { z } from 'zod';
import { NO_IDENTITY } from '../../model/principal.ts';
import type { Denial } from '../../model/token/denial.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import type { Store } from '../../ports/store.ts';
import { NothingFound, OperationRefused } from '../needs.ts';

/** Somebody: by the id, by their own name such as `github:583231`, or by what rules call them. */
export const personName = z.string().trim().min(1).max(300);

/** Whom a name is of: one who has signed in, or nobody but the owner of keys and tokens. */
export interface Meant {
  readonly person?: KnownPerson;
  /** The names by which their credentials know them. */
  readonly names: readonly string[];
}

/**
 * Whom a name means.
 * @param isKnown whether a name is one although nobody has signed in by it and no key is theirs
 * @throws NothingFound for whom nobody has heard of, because a misspelt name would disable nobody; OperationRefused when it means several
 */
export const findMeant = ({ people, apiKeys }: Pick<Store, 'people' | 'apiKeys'>, name: string, isKnown: (name: string) => boolean = () => false): Meant => {
  const byId = people.get(name);
  const found = byId === undefined ? people.named(name) : [byId];
  const [person] = found;
  if (found.length > 1) throw new OperationRefused(`several are called so: name one of ${found.map(({ id, own }) => `${id} (${own})`).join(', ')}`);
  if (person !== undefined) return { person, names: [...new Set([person.own, person.called])] };
  if (name === NO_IDENTITY) throw new OperationRefused('that is nobody in particular: revoke the keys instead, one by one');
  if (isKnown(name) || apiKeys.page({ limit: 1, owner: name }).length > 0) return { names: [name] };
  throw new NothingFound('nobody of that name has signed in, and no key is theirs: "sallyport people list" and "sallyport keys list" tell who there is; of somebody who comes with tokens alone say --unknown (unknown: true)');
};

/** What speaks against somebody, by any of their names. */
export const denialsOf = ({ denials }: Pick<Store, 'denials'>, { names }: Meant): readonly Denial[] => names.map((name) => denials.standing('person', '', name)).filter((denial) => denial !== undefined);
