import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall, Primitive } from '../../model/call.ts';
import { widen, type Permitted, type Understood } from '../../model/exchange.ts';
import { Permit } from '../../model/permit.ts';
import { mayUse } from './may-use.ts';

/** The primitives a call is about; a call that names none is about the server as a whole. */
const primitivesOf = (call: McpCall): readonly Primitive[] => (call.kind === 'request' || call.kind === 'notification' ? call.primitives : []);

/**
 * Names what was asked and what would allow it, and nothing else. A primitive that exists and one that does not are
 * refused in the same words, so a refusal never tells what is hidden (Q03).
 */
const denied = (server: string, primitive: Primitive | undefined): GatewayError => {
  const needed = primitive === undefined ? `${server}:*` : primitive.kind === 'tool' ? `${server}:${primitive.name}` : `${server}:${primitive.kind}/${primitive.name}`;
  return new GatewayError('permission.denied', {
    reason: `no permission covers ${needed}`,
    detail: primitive === undefined ? `This credential may not use the server "${server}".` : `This credential may not use the ${primitive.kind} "${primitive.name}" of "${server}".`,
    extra: { required_permission: needed },
  });
};

/**
 * Decides by the caller's permissions: default deny, every primitive of the call must be covered. The same `mayUse` narrows
 * the lists in reveal, so what is listed is what can be called.
 * @throws GatewayError `permission.denied`
 */
export const authorize = (understood: Understood): Permitted => {
  const { principal, route, call } = understood;
  const primitives = primitivesOf(call);
  const rules = primitives.map((primitive) => {
    const rule = mayUse(principal, route, primitive);
    if (rule === undefined) throw denied(route.server, primitive);
    return rule;
  });
  const server = principal.permissions.findServer(route.server);
  if (server === undefined) throw denied(route.server, undefined);
  return widen(understood, { permit: new Permit(rules[0] ?? `${server.from}: ${server.permission.text}`) });
};
