import type { McpCall, Primitive } from '../../src/model/call.ts';
import type { Admitted, Answered, Identified, Inbound, Permitted, Prepared, Reply, Routed, Shielded, Understood } from '../../src/model/exchange.ts';
import { Hangup } from '../../src/model/hangup.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { parsePermission, PermissionSet } from '../../src/model/permission/permission.ts';
import { Permit } from '../../src/model/permit.ts';
import type { Principal } from '../../src/model/principal.ts';
import type { Route } from '../../src/model/route.ts';
import { Secret } from '../../src/model/secret.ts';

/** Permissions as a key of its own holds them. */
export const grants = (...texts: readonly string[]): PermissionSet => new PermissionSet(texts.map((text) => ({ permission: parsePermission(text), from: 'key' })));

export const aRoute = (more: Partial<Route> = {}): Route => ({ server: 'crm', kind: 'mcp', environment: 'live', acceptedTools: new Set(), timeoutMs: 1_000, ...more });

export const aPrincipal = (more: Partial<Principal> = {}): Principal => ({
  subject: 'alice@company.com', name: 'Connector', method: 'api-key', credentialId: 'key_1', roles: [], groups: [], permissions: grants('crm:*'), ...more,
});

type Request = Extract<McpCall, { kind: 'request' }>;

/** A JSON-RPC request of the legacy era, unless `more` says otherwise. */
export const aRequest = (method: string, params: JsonObject = {}, more: Partial<Request> = {}): Request => ({ kind: 'request', era: 'legacy', id: 7, method, params, primitives: [], ...more });

const tool = (name: string): Primitive => ({ kind: 'tool', name });

export const aToolCall = (name: string, values: JsonObject = {}, more: Partial<Request> = {}): Request => aRequest('tools/call', { name, arguments: values }, { primitives: [tool(name)], ...more });

/** An answer that came whole; an object becomes JSON. */
export const aReply = (body: JsonObject | string = '', more: Partial<Extract<Reply, { kind: 'whole' }>> = {}): Extract<Reply, { kind: 'whole' }> => ({
  kind: 'whole', status: 200, headers: { 'Content-Type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body), ...more,
});

// One builder for each step of the walk, each a new object: stages widen what they are given in place.

export const anInbound = (more: Partial<Inbound> = {}): Inbound => ({
  id: 'req_1', atMs: Date.UTC(2026, 6, 28, 10), startMs: 5_000, method: 'POST', path: '/mcp', query: '', headers: {}, flaws: [], address: '192.0.2.7',
  readBody: () => Promise.resolve(Buffer.alloc(0)), hangup: new Hangup(), ...more,
});

export const aRouted = (more: Partial<Routed> = {}): Routed => ({ ...anInbound(), route: aRoute(), ...more });

export const aShielded = (more: Partial<Shielded> = {}): Shielded => ({ ...aRouted(), suspected: false, ...more });

export const anIdentified = (more: Partial<Identified> = {}): Identified => ({ ...aShielded(), principal: aPrincipal(), via: 'header', credentials: [new Secret('a-callers-key')], ...more });

export const anUnderstood = (more: Partial<Understood> = {}): Understood => ({ ...anIdentified(), call: aToolCall('get_customer'), body: Buffer.from('{}'), sessionId: undefined, ...more });

export const aPermitted = (more: Partial<Permitted> = {}): Permitted => ({ ...anUnderstood(), permit: new Permit('key: crm:*'), ...more });

export const anAdmitted = (more: Partial<Admitted> = {}): Admitted => ({ ...aPermitted(), quota: undefined, slots: undefined, ...more });

export const aPrepared = (more: Partial<Prepared> = {}): Prepared => ({ ...anAdmitted(), upstreamHeaders: {}, ...more });

export const anAnswered = (more: Partial<Answered> = {}): Answered => ({ ...aPrepared(), answer: aReply(), ...more });
