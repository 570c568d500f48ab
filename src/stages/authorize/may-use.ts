import type { Primitive } from '../../model/call.ts';
import type { Principal } from '../../model/principal.ts';
import type { Route } from '../../model/route.ts';

/** The names MCP lets a tool have; others wait until an administrator has accepted them (N14). */
const PLAIN_TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/**
 * The one question of policy: may this principal use this primitive? Pure and synchronous.
 * @returns the name of the rule that allows it, or undefined
 */
export const mayUse = (principal: Principal, route: Route, primitive: Primitive): string | undefined => {
  if (primitive.kind === 'tool' && !PLAIN_TOOL_NAME.test(primitive.name) && !route.acceptedTools.has(primitive.name)) return undefined;
  const grant = principal.permissions.find(route.server, primitive.kind, primitive.name);
  return grant === undefined ? undefined : `${grant.from}: ${grant.permission.text}`;
};
