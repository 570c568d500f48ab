import { z } from 'zod';
import type { HttpShape, Operation } from '../../ports/operation.ts';
import type { AdminNeeds } from '../needs.ts';

/** An operation of the list, whatever it takes and returns. */
export type AnyOperation = Operation<string, unknown, unknown, AdminNeeds>;

const takesId = ({ input }: AnyOperation): boolean => input instanceof z.ZodObject && 'id' in input.shape;

/**
 * Where an operation is by HTTP: `keys list` is GET /api/keys, `keys create` POST /api/keys, `keys show` GET /api/keys/{id},
 * `keys revoke` DELETE /api/keys/{id}, and any other verb POST /api/keys/{id}/verb, or without an id POST /api/keys/verb.
 */
export const shapeOf = (operation: AnyOperation): HttpShape => {
  if (operation.http !== undefined) return operation.http;
  const [noun = '', ...verbs] = operation.name.split(' ');
  const [verb, base] = [verbs.join('-'), `/api/${noun}`];
  if (verb === 'list') return { method: 'GET', path: base };
  if (verb === 'create') return { method: 'POST', path: base };
  if (!takesId(operation)) return { method: 'POST', path: `${base}/${verb}` };
  if (verb === 'show') return { method: 'GET', path: `${base}/{id}` };
  return verb === 'revoke' ? { method: 'DELETE', path: `${base}/{id}` } : { method: 'POST', path: `${base}/{id}/${verb}` };
};

/** The members of the input that stand in the path. */
export const pathMembers = (path: string): readonly string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
