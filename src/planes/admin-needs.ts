import { deny } from '../admin/deny.ts';
import type { AdminNeeds } from '../admin/needs.ts';
import { buildClientRegister } from '../authority/account/client-register.ts';
import { Families } from '../authority/account/families.ts';
import { Sealing } from '../authority/keys/sealing.ts';
import { OWN_ISSUER } from '../config/authority/own-issuer.ts';
import type { AlarmChannels } from '../ports/alarm-channel.ts';
import type { Store } from '../ports/store.ts';
import type { KeyHasher } from '../stages/authenticate/key-index.ts';

/** What seals the authorization server's records, from the one secret of a data directory (decision 19). */
export const sealingOf = (hasher: Pick<KeyHasher, 'derive'>, random: AdminNeeds['world']['random']): Sealing => new Sealing(hasher.derive('authorization server'), random);

const NO_CHANNELS: AlarmChannels = { names: [], test: () => Promise.reject(new TypeError('there is no channel')) };

/** What admin operations may touch, on a data directory, whether a gateway runs on it or not. @param channels those of the configuration, where one was read */
export const adminNeeds = ({ store, hasher, trail, world, channels = NO_CHANNELS }: { readonly store: Store; readonly hasher: KeyHasher; readonly channels?: AlarmChannels } & Pick<AdminNeeds, 'trail' | 'world'>): AdminNeeds => {
  const kept = { store: store.authority, sealing: sealingOf(hasher, world.random), clock: world.clock };
  const denyFamily = (grantId: string): void => {
    const own = store.denials.issuers.list().filter(({ name }) => name === OWN_ISSUER);
    deny(own.map((issuer) => ({ level: 'session', issuer, value: grantId, reason: 'its family was ended' })), { store, world }, { name: 'oauth' });
  };
  return { store, hasher, trail, world, channels, clients: buildClientRegister({ ...kept, families: new Families({ ...kept, denyFamily }) }) };
};
