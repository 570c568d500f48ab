import type { Admitted, Answered, Identified, Inbound, Permitted, Prepared, Reply, Routed, Shielded, Understood } from '../model/exchange.ts';
import type { Trail } from '../ports/trail.ts';

/** A stage takes the former stage's type and returns a wider one: the order is the types. */
export interface GatewayStages {
  open(inbound: Inbound): Trail;
  admit(inbound: Inbound): Inbound;
  route(inbound: Inbound): Routed;
  shield(routed: Routed): Shielded;
  authenticate(shielded: Shielded): Identified | Promise<Identified>;
  understand(identified: Identified): Understood | Promise<Understood>;
  authorize(understood: Understood): Permitted;
  limit(permitted: Permitted): Admitted;
  inject(admitted: Admitted): Prepared;
  forward(prepared: Prepared): Promise<Answered>;
  reveal(answered: Answered): Reply;
}

/** The recipe of the gateway plane: MCP traffic, top to bottom. */
export const gateway =
  (stages: GatewayStages) =>
  async (inbound: Inbound): Promise<Reply> => {
    const trail = stages.open(inbound);
    try {
      const routed = trail.saw(stages.route(stages.admit(inbound)));
      const shielded = trail.saw(stages.shield(routed));
      // Always waited for: Node hands a request over before it has read on, and a body that came with its head is there only after this turn.
      const identified = trail.saw(await stages.authenticate(shielded));
      trail.reached('caller');
      const read = stages.understand(identified);
      const understood = trail.saw(read instanceof Promise ? await read : read);
      const permitted = trail.saw(stages.authorize(understood));
      const admitted = trail.saw(stages.limit(permitted));
      const prepared = trail.saw(stages.inject(admitted));
      trail.reached('decision');
      const intent = trail.intend();
      if (intent !== undefined) await intent;
      const answered = await stages.forward(prepared);
      trail.reached('answer');
      return await trail.close(stages.reveal(answered));
    } catch (thrown) {
      return trail.refuse(thrown);
    }
  };
