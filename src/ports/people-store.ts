import type { KnownPerson } from '../model/known-person.ts';

/** People who have signed in, at rest. */
export interface PeopleStore {
  get(id: string): KnownPerson | undefined;
  /** By issuer and subject, and by nothing else (attacks.md A12). */
  find(issuer: string, subject: string): KnownPerson | undefined;
  /** Those who are called so, or whose own name it is: mostly one. */
  named(name: string): readonly KnownPerson[];
  /** In the order they first came. */
  page(page: { readonly after?: string | undefined; readonly limit: number }): readonly KnownPerson[];
  /** Another number after anything has changed, whoever changed it: at once for this process, within a tenth of a second for another. */
  version(): number;
  /** Writes what is known of somebody, in place of what was. */
  put(person: KnownPerson): void;
}
