import type { Principal } from '../../model/principal.ts';
import type { PeopleStore } from '../../ports/people-store.ts';
import type { Rights } from '../../stages/authenticate/index-keys.ts';
import { personPrincipal } from '../../stages/authenticate/token/person-principal.ts';
import type { Regroup } from './regroup.ts';

/** As many as are asked for again and again. */
const MOST = 10_000;

/** People as one configuration sees them: read once, and again after anything about people has changed. */
export class PeopleInForce {
  readonly #store: PeopleStore;
  readonly #rights: Rights;
  readonly #regroup: Regroup;
  readonly #known = new Map<string, { readonly principal: Principal | undefined }>();
  #version = -1;

  constructor(store: PeopleStore, rights: Rights, regroup: Regroup) {
    [this.#store, this.#rights, this.#regroup] = [store, rights, regroup];
  }

  /** Somebody by id; undefined when there is nobody, when they are disabled, and when nothing lets them in any more. */
  get(id: string): Principal | undefined {
    if (this.#version !== this.#store.version() || this.#known.size > MOST) {
      this.#known.clear();
      this.#version = this.#store.version();
    }
    const known = this.#known.get(id);
    if (known !== undefined) return known.principal;
    const stored = this.#store.get(id);
    const person = stored === undefined ? undefined : this.#regroup(stored);
    const principal = person === undefined ? undefined : personPrincipal(person, this.#rights);
    this.#known.set(id, { principal });
    return principal;
  }
}
