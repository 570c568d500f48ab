import type { Identified, Inbound, Reply, Routed, Shielded } from '../model/exchange.ts';
import type { Trail } from '../ports/trail.ts';

/** What the admin plane's own stages add to an exchange is theirs; the recipe only hands it on. */
export interface AdminStages<Found extends Routed, Asked extends Identified> {
  open(inbound: Inbound): Trail;
  admit(inbound: Inbound): Inbound;
  route(inbound: Inbound): Found;
  shield(routed: Found): Shielded;
  authenticate(shielded: Shielded): Identified | Promise<Identified>;
  limit(identified: Identified): Identified;
  permit(identified: Identified): Identified;
  understand(identified: Identified): Promise<Asked>;
  run(asked: Asked): Promise<Reply>;
}

/** The recipe of the admin plane: not a byte of the body is read before the caller is known and may run the operation. */
export const admin =
  <Found extends Routed, Asked extends Identified>(stages: AdminStages<Found, Asked>) =>
  async (inbound: Inbound): Promise<Reply> => {
    const trail = stages.open(inbound);
    try {
      const routed = trail.saw(stages.route(stages.admit(inbound)));
      const shielded = trail.saw(stages.shield(routed));
      const identified = trail.saw(await stages.authenticate(shielded));
      const permitted = trail.saw(stages.permit(stages.limit(identified)));
      const asked = trail.saw(await stages.understand(permitted));
      const intent = trail.intend();
      if (intent !== undefined) await intent;
      return await trail.close(await stages.run(asked));
    } catch (thrown) {
      return trail.refuse(thrown);
    }
  };
