import type { Inbound, Reply, Routed, Shielded } from '../model/exchange.ts';
import type { Trail } from '../ports/trail.ts';

/** What this plane's own stages add to an exchange is theirs; the recipe only hands it on. */
export interface AuthorityStages<Found extends Routed> {
  open(inbound: Inbound): Trail;
  admit(inbound: Inbound): Inbound;
  route(inbound: Inbound): Found;
  shield(routed: Found): Found & Shielded;
  answer(shielded: Found & Shielded): Promise<Reply>;
}

/** The recipe of the authorization server: who asks is proven in the answer, because each kind of question has its own way to prove it. */
export const authority =
  <Found extends Routed>(stages: AuthorityStages<Found>) =>
  async (inbound: Inbound): Promise<Reply> => {
    const trail = stages.open(inbound);
    try {
      const routed = trail.saw(stages.route(stages.admit(inbound)));
      const shielded = trail.saw(stages.shield(routed));
      return await trail.close(await stages.answer(shielded));
    } catch (thrown) {
      return trail.refuse(thrown);
    }
  };
