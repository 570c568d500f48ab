import { z } from 'zod';
import type { Allowed } from '../../ports/client-register.ts';
import type { Operation } from '../../ports/operation.ts';
import { accountsOf } from '../people/accounts-of.ts';
import { findMeant, personName } from '../people/find-person.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ person: personName });

/** What one account of a person has allowed. */
export interface ListedConsent extends Allowed {
  /** `person:per_…`, or `key:key_…` where they signed in with that key. */
  readonly account: string;
  readonly client?: string;
}

export interface ListedConsents {
  readonly names: readonly string[];
  readonly consents: readonly ListedConsent[];
}

/** Lists what a person has allowed which clients, by signing in or with a key of theirs. */
export const listConsents: Operation<'consents list', z.input<typeof input>, ListedConsents, AdminNeeds> = {
  name: 'consents list',
  summary: 'list what a person has allowed which OAuth clients',
  input,
  permission: 'admin:clients',
  run(raw, needs) {
    const meant = findMeant(needs.store, readInput(input, raw).person);
    const consents = accountsOf(meant, needs).flatMap((account) => needs.clients.allowedBy(account).map((allowed): ListedConsent => {
      const name = needs.clients.find(allowed.clientId)?.name;
      return { account, ...allowed, ...(name === undefined ? {} : { client: name }) };
    }));
    return { names: meant.names, consents };
  },
};
