import { buildApiKey } from '../stages/authenticate/api-key.ts';
import type { Authenticator } from '../ports/authenticator.ts';
import { tokensOf } from './tokens.ts';
import type { Config } from '../config/schema.ts';
import type { Base } from './base.ts';

/** The ways in to the gateway plane, in the order they are asked. */
export const waysIn = (base: Base, config: Config): readonly Authenticator[] => [...tokensOf(base, config), keyOf(base)];

/** The ways in to the admin plane: whoever administers holds a key. */
export const waysInToAdmin = (base: Base): readonly Authenticator[] => [keyOf(base)];

const keyOf = ({ index, hasher, world }: Base): Authenticator => buildApiKey({ index, hasher, clock: world.clock });
