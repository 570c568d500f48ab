import { buildApiKey } from '../stages/authenticate/api-key.ts';
import type { Shielded } from '../model/exchange.ts';
import type { Authenticator } from '../ports/authenticator.ts';
import { closedWay } from '../stages/authenticate/closed-way.ts';
import type { AuthMethod } from '../model/principal.ts';
import { tokensOf } from './tokens/tokens.ts';
import type { Config } from '../config/schema.ts';
import type { Base } from './base.ts';
import type { Built } from './built.ts';

/** The ways in to the gateway plane, in the order they are asked, and the issuers that they trust. */
export const waysIn = (base: Base, config: Config): Pick<Built, 'ways' | 'trusted'> => {
  const { trusted, signed, opaque, mayBeOpaque } = tokensOf(base, config);
  return { trusted, ways: [...signed, keyOf(base, mayBeOpaque), ...opaque] };
};

/** The ways that a listener lists stay open; whoever comes by another is told so, and nothing of what he brings is looked at. */
export const openWays = (ways: readonly Authenticator[], accept: ReadonlySet<AuthMethod>): readonly Authenticator[] => {
  const isOpen = ({ scheme }: Authenticator): boolean => [...accept].some((method) => method === scheme);
  const [open, closed] = [ways.filter(isOpen), ways.filter((way) => !isOpen(way))];
  return closed.length === 0 ? open : [closedWay(accept, new Set(closed.map(({ scheme }) => scheme))), ...open];
};

/** The ways in to the admin plane: whoever administers holds a key. */
export const waysInToAdmin = (base: Base): readonly Authenticator[] => [keyOf(base)];

const keyOf = ({ index, hasher, world }: Base, mayBeToken: (request: Shielded) => boolean = () => false): Authenticator => buildApiKey({ index, hasher, clock: world.clock, mayBeToken });
