import { z } from 'zod';
import { compileNetworks, isNetwork } from '../../../model/networks.ts';
import type { ConditionKind } from './condition.ts';

/** The caller's address is in one of these networks. */
export const networks: ConditionKind<'networks', readonly string[]> = {
  name: 'networks',
  options: z.array(z.string().refine(isNetwork, { message: 'is not an address or a CIDR range such as 10.0.0.0/8 without bits behind its length' })).min(1),
  build(asked) {
    const inside = compileNetworks(asked);
    return { holds: ({ address }) => inside(address), why: ({ address }) => `networks: ${asked.join(', ')}; the call came from ${address}` };
  },
};
