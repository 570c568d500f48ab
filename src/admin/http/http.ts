import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall } from '../../model/call.ts';
import { widen, type Identified, type Reply } from '../../model/exchange.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { HttpInput } from './http-input.ts';
import { isOperator, readsPayload, requireReach, requireRight, type Names } from './http-permission.ts';
import { adminReply } from './http-reply.ts';
import type { AdminRouted, Destination } from './http-route.ts';
import type { AnyOperation } from './http-shape.ts';
import { codeOf, OperationRefused, type AdminNeeds } from '../needs.ts';
import { aboutOf, callFor, changedBy, givenOf, isDryRun } from '../record-words.ts';

type AdminIdentified = Identified & Pick<AdminRouted, 'destination'>;

/** What an admin request asks, with its input read. */
export type Asked = AdminIdentified & { readonly input: JsonObject };

export interface AdminHttpNeeds {
  readonly needs: AdminNeeds;
  readonly names: Names;
  /** The document of all operations, as text. */
  readonly document: string;
  /** Reads one JSON text strictly, and requires that the headers announce it. @throws GatewayError */
  readonly readJson: (identified: Identified, body: Buffer) => JsonValue;
}

/** What the audit record says: the operation and what it was about, never what it was given besides. */
const callOf = (destination: Destination, input: JsonObject, id: string): McpCall => {
  const method = destination.kind === 'document' ? 'admin/openapi' : callFor(destination.operation);
  const [about, given] = [aboutOf(input), givenOf(input)];
  return { kind: 'request', era: 'modern', id, method, params: { ...(isDryRun(input) ? { dryRun: true } : {}), ...(given === undefined ? {} : { arguments: given }) }, primitives: about === undefined ? [] : [{ kind: 'tool', name: about }] };
};

/** Errors of the strict reader speak of JSON-RPC, which this is not. */
const asInput = (error: unknown): unknown =>
  error instanceof GatewayError && error.code.startsWith('rpc.')
    ? new GatewayError('admin.input', { reason: error.circumstances.reason, detail: error.circumstances.detail ?? `The body is not one unambiguous JSON object (${error.circumstances.reason}).` })
    : error;

const run = async (operation: AnyOperation, asked: Asked, { needs }: AdminHttpNeeds): Promise<Reply> => {
  const { input, principal } = asked;
  try {
    const output = await operation.run(input, needs, { name: principal.subject, credentialId: principal.credentialId, isAuditor: readsPayload(principal) });
    widen(asked, { changed: changedBy(operation, output) });
    return adminReply(output);
  } catch (error) {
    if (error instanceof OperationRefused) throw new GatewayError(codeOf(error), { reason: error.message, detail: error.message });
    throw error;
  }
};

const readsOnly = ({ method }: Pick<Identified, 'method'>): boolean => method === 'GET';

/** The stages of the admin plane that are its own: permission, body, reach, and the operation itself. */
export const buildAdminHttp = (parts: AdminHttpNeeds) => {
  const inputs = new HttpInput();
  return {
    /** @throws GatewayError `permission.denied` */
    permit(identified: AdminIdentified): AdminIdentified {
      const { destination, principal } = identified;
      const named = widen(identified, { call: callOf(destination, destination.kind === 'operation' ? destination.params : {}, identified.id) });
      if (destination.kind === 'operation') requireRight(principal, destination.operation.permission, readsOnly(identified));
      else if (!isOperator(principal)) throw new GatewayError('permission.denied', { reason: 'no permission of admin', detail: 'This credential may not administer: it needs a permission such as "admin:keys.read".' });
      return named;
    },
    /** @throws GatewayError `admin.input`, `http.media-type`, `http.encoding`, `http.too-large` */
    async understand(permitted: AdminIdentified): Promise<Asked> {
      const { destination, query } = permitted;
      const bytes = await permitted.readBody();
      try {
        const body = bytes.length === 0 ? undefined : parts.readJson(permitted, bytes);
        const input = destination.kind === 'document' ? {} : inputs.read(destination.operation, { params: destination.params, query, body, takesQuery: permitted.method !== 'POST' });
        return widen(permitted, { input, call: callOf(destination, input, permitted.id) });
      } catch (error) {
        throw asInput(error);
      }
    },
    /** @throws GatewayError `permission.denied`, `admin.refused`, `admin.not-found` */
    async run(asked: Asked): Promise<Reply> {
      const { destination, principal, input } = asked;
      if (destination.kind === 'document') return adminReply(JSON.parse(parts.document));
      const { operation } = destination;
      if (!readsOnly(asked)) requireReach(principal, operation.hands?.(input, parts.needs), parts.names);
      return run(operation, asked, parts);
    },
  };
};
