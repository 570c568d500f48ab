import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { HttpShape } from '../../ports/operation.ts';
import { inputSchema } from './http-input.ts';
import { pathMembers, shapeOf, type AnyOperation } from './http-shape.ts';

const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

const required = (schema: JsonObject): readonly JsonValue[] => (Array.isArray(schema['required']) ? schema['required'] : []);

const without = (schema: JsonObject, members: readonly string[]): JsonObject => {
  const rest = Object.fromEntries(Object.entries(asObject(schema['properties'])).filter(([name]) => !members.includes(name)));
  const needed = required(schema).filter((name) => !members.some((member) => member === name));
  const { required: _required, ...other } = schema;
  return { ...other, properties: rest, ...(needed.length === 0 ? {} : { required: needed }) };
};

const parametersOf = (schema: JsonObject, shape: HttpShape): readonly JsonObject[] => {
  const inPath = pathMembers(shape.path);
  const names = shape.method !== 'POST' ? Object.keys(asObject(schema['properties'])) : inPath;
  return names.flatMap((name): readonly JsonObject[] => {
    const [isPath, own] = [inPath.includes(name), asObject(asObject(schema['properties'])[name])];
    if (!isPath && isJsonObject(own['properties'])) return Object.entries(own['properties']).map(([member, inner]) => ({ name: `${name}.${member}`, in: 'query', required: false, schema: inner }));
    return [{ name, in: isPath ? 'path' : 'query', required: isPath || required(schema).includes(name), schema: own }];
  });
};

const PROBLEM: JsonObject = { description: 'A problem document (RFC 9457); docs/errors.md has each code.', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };

const describe = (operation: AnyOperation, shape: HttpShape): JsonObject => {
  const schema = inputSchema(operation);
  const body = without(schema, pathMembers(shape.path));
  const parameters = parametersOf(schema, shape);
  const hasBody = shape.method === 'POST' && Object.keys(asObject(body['properties'])).length > 0;
  const right = shape.method === 'GET' ? `${operation.permission}.read` : operation.permission;
  return {
    operationId: operation.name.replaceAll(' ', '-'),
    summary: operation.summary,
    description: `Needs the permission \`${right}\`.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody ? { requestBody: { required: required(body).length > 0, content: { 'application/json': { schema: body } } } } : {}),
    responses: { '200': { description: 'Done.', content: { 'application/json': { schema: {} } } }, default: PROBLEM },
  };
};

const PROBLEM_SCHEMA: JsonObject = {
  type: 'object',
  properties: { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' }, code: { type: 'string' }, request_id: { type: 'string' }, hint: { type: 'string' } },
  required: ['type', 'title', 'status', 'code', 'request_id', 'hint'],
};

/** The OpenAPI document of the admin API, made from the list of operations. */
export const renderOpenApi = (operations: readonly AnyOperation[]): JsonObject => {
  const paths: Record<string, Record<string, JsonValue>> = {};
  for (const operation of operations) {
    const shape = shapeOf(operation);
    paths[shape.path] = { ...paths[shape.path], [shape.method.toLowerCase()]: describe(operation, shape) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Admin API of Sallyport', version: '1', description: 'Every admin operation, as the command line has it. docs/admin-api.md says how to call it.' },
    security: [{ key: [] }, { bearer: [] }],
    paths,
    components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' }, bearer: { type: 'http', scheme: 'bearer' } }, schemas: { Problem: PROBLEM_SCHEMA } },
  };
};
