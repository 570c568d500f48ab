import { isJsonObject, type JsonObject, type JsonValue } from '../../../../model/json.ts';

const metaOf = (params: JsonObject): JsonObject => (isJsonObject(params['_meta']) ? params['_meta'] : {});

/** What the caller calls the progress of its request; undefined when it wants none. */
export const progressTokenOf = (params: JsonObject): JsonValue | undefined => metaOf(params)['progressToken'];

/** The same request with a token of ours, so that two callers' equal tokens never meet (TR-14). */
export const withProgressToken = (params: JsonObject, token: number): JsonObject => ({ ...params, _meta: { ...metaOf(params), progressToken: token } });
