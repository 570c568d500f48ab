import type { JsonObject, JsonValue } from '../../../model/json.ts';

/** A value as OTLP has it in JSON (`AnyValue`): the JSON form of protobuf writes 64-bit integers as texts. */
export const otlpValue = (value: JsonValue): JsonObject => {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
  return { stringValue: typeof value === 'string' ? value : JSON.stringify(value) };
};

/** Attributes as OTLP has them (`KeyValue`); what is absent is left out. */
export const otlpAttributes = (members: Readonly<Record<string, JsonValue | undefined>>): readonly JsonObject[] =>
  Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: otlpValue(value) }]));
