import { isJsonObject, type JsonObject } from '../../../../model/json.ts';

/** What a client must have declared to be asked this; undefined for something no client can be asked. */
export const requiredCapabilities = (method: string, params: JsonObject): JsonObject | undefined => {
  if (method === 'elicitation/create') return { elicitation: params['mode'] === 'url' ? { url: {} } : { form: {} } };
  if (method === 'sampling/createMessage') return { sampling: params['tools'] === undefined && params['toolChoice'] === undefined ? {} : { tools: {} } };
  return method === 'roots/list' ? { roots: {} } : undefined;
};

/** An elicitation capability that names no mode means forms (2025-11-25 elicitation, "Capabilities"). */
const isImplied = (name: string, member: string, declared: JsonObject): boolean => name === 'elicitation' && member === 'form' && declared['url'] === undefined;

/** True when everything required was declared. */
export const declares = (declared: JsonObject, required: JsonObject): boolean =>
  Object.entries(required).every(([name, members]) => {
    const own = declared[name];
    if (!isJsonObject(own) || !isJsonObject(members)) return own !== undefined;
    return Object.keys(members).every((member) => own[member] !== undefined || isImplied(name, member, own));
  });

/** True when a client with these capabilities can be asked this. */
export const canBeAsked = (declared: JsonObject, method: string, params: JsonObject): boolean => {
  const required = requiredCapabilities(method, params);
  return required !== undefined && declares(declared, required);
};

/** A child's question without what only the shared connection understands: progress tokens, and 2025 tasks. */
export const plainQuestion = (params: JsonObject): JsonObject => {
  const { task: _task, _meta, ...rest } = params;
  if (!isJsonObject(_meta)) return rest;
  const { progressToken: _token, ...meta } = _meta;
  return Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
};
