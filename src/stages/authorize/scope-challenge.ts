import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall, Primitive } from '../../model/call.ts';
import type { Permitted, Understood } from '../../model/exchange.ts';
import type { NeededScopes } from './needed-scopes.ts';

type Authorize = (understood: Understood) => Permitted;

const primitivesOf = (call: McpCall): readonly Primitive[] => (call.kind === 'request' || call.kind === 'notification' ? call.primitives : []);

/** Scopes stand in a header with spaces between; what a name could not say there is left out (RFC 6749 §3.3). */
const SAYABLE = /^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/;

const sayable = (scopes: readonly string[]): readonly string[] => [...new Set(scopes)].filter((scope) => SAYABLE.test(scope));

/**
 * Whether a new token could open it: not where its owner may not do it at all, and not where the caller's rights come from roles and not from
 * scopes: their issuer would refuse a scope that it has never heard of.
 */
const canBeAskedFor = ({ call, route, principal }: Understood): boolean => {
  const primitives = primitivesOf(call);
  if (principal.whole === true && principal.permissions.grants.length > 0) return false;
  return primitives.length > 0 && primitives.every(({ kind, name }) => principal.permissions.bounds(route.server, kind, name));
};

/** A refusal for want of a permission becomes a challenge that names every scope of the call; any other stays as it is. */
const asChallenge = (thrown: unknown, understood: Understood, needed: NeededScopes): unknown => {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'permission.denied' || !canBeAskedFor(understood)) return thrown;
  const { call, route } = understood;
  const scopes = sayable(primitivesOf(call).flatMap((primitive) => [needed.permitting(route.server, primitive), ...needed.further(route.server, primitive)]));
  if (scopes.length === 0) return thrown;
  return new GatewayError('scope.insufficient', { ...thrown.circumstances, scopes, extra: { ...thrown.circumstances.extra, required_scopes: scopes } });
};

/** The scope by which the caller may use it already: a client that does not add up what it was given would lose it otherwise. */
const heldScope = ({ principal, route }: Permitted, { kind, name }: Primitive): readonly string[] => {
  const grant = principal.permissions.find(route.server, kind, name);
  return grant?.from === 'scope' ? [grant.permission.text] : [];
};

const checkStepUp = (permitted: Permitted, needed: NeededScopes): Permitted => {
  const { principal, route, call, permit } = permitted;
  const lacking = new Set(primitivesOf(call).flatMap((primitive) => needed.lacking(principal, route.server, primitive)));
  if (lacking.size === 0) return permitted;
  const scopes = sayable(primitivesOf(call).flatMap((primitive) => [...heldScope(permitted, primitive), ...needed.further(route.server, primitive)]));
  throw new GatewayError('scope.step-up', {
    reason: `the token lacks ${[...lacking].join(' ')}`, rule: permit.rule, scopes,
    detail: `This call needs a token with further scopes: ${scopes.join(' ')}.`, extra: { required_scopes: scopes },
  });
};

/**
 * Tells holders of tokens which scopes a refused call needs, all of them at once, so that their client can ask for them (RS-10), and refuses
 * what needs further ones. Keys have no scopes: they keep their refusals. What the challenge says follows from the name that was
 * asked for and from the configuration, whether or not there is such a tool.
 */
export const buildScopeChallenge =
  (needed: NeededScopes, authorize: Authorize): Authorize =>
  /** @throws GatewayError `scope.insufficient`, `scope.step-up`, and what authorize throws */
  (understood) => {
    if (understood.principal.method !== 'oauth') return authorize(understood);
    try {
      return checkStepUp(authorize(understood), needed);
    } catch (thrown) {
      throw asChallenge(thrown, understood, needed);
    }
  };
