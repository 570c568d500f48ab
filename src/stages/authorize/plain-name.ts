import type { Primitive } from '../../model/call.ts';
import type { Route } from '../../model/route.ts';

/** The names MCP lets a tool have; others wait until an administrator has accepted them (N14). */
const PLAIN_TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** Whether a name may be judged at all. */
export const arrivedPlain = (primitive: Primitive, route: Pick<Route, 'acceptedTools'>): boolean => primitive.kind !== 'tool' || PLAIN_TOOL_NAME.test(primitive.name) || route.acceptedTools.has(primitive.name);
