import type { Inbound, Reply, Routed, Shielded } from '../model/exchange.ts';
import type { Trail } from '../ports/trail.ts';

/** What this plane's own stages add to an exchange is theirs; the recipe only hands it on. */
export interface NoticeStages<Found extends Routed, Proven extends Inbound> {
  open(inbound: Inbound): Trail;
  admit(inbound: Inbound): Inbound;
  route(inbound: Inbound): Found;
  shield(routed: Found): Found & Shielded;
  prove(shielded: Found & Shielded): Promise<Proven>;
  run(proven: Proven): Reply;
}

/** The recipe for notices of issuers: what one says is done once it has proven that it is the one. */
export const notices =
  <Found extends Routed, Proven extends Inbound>(stages: NoticeStages<Found, Proven>) =>
  async (inbound: Inbound): Promise<Reply> => {
    const trail = stages.open(inbound);
    try {
      const routed = trail.saw(stages.route(stages.admit(inbound)));
      const shielded = trail.saw(stages.shield(routed));
      const proven = trail.saw(await stages.prove(shielded));
      return await trail.close(stages.run(proven));
    } catch (thrown) {
      return trail.refuse(thrown);
    }
  };
