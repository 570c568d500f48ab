import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { refusalOf } from '../../../test/world/refusal.ts';
import { HttpInput, type Said } from './http-input.ts';
import { shapeOf, type AnyOperation } from './http-shape.ts';

const operation = (name: string, input: z.ZodType): AnyOperation => ({ name, summary: 'x', input, permission: 'admin:x', run: () => undefined });

const FILTER = z.strictObject({ owner: z.string().optional(), unused: z.boolean().optional() });
const LIST = operation('keys list', z.strictObject({ filter: FILTER.optional(), limit: z.number().int().optional(), state: z.array(z.string()).optional() }));
const ROTATE = operation('keys rotate', z.strictObject({ id: z.string(), overlap: z.enum(['now', '24h']).optional() }));

const inputs = new HttpInput();
const read = (of: AnyOperation, said: Partial<Said>) => inputs.read(of, { params: {}, query: '', body: undefined, takesQuery: false, ...said });
const query = (text: string) => read(LIST, { query: text, takesQuery: true });
const detailOf = (work: () => unknown): string => {
  const { code, circumstances } = refusalOf(work);
  assert.equal(code, 'admin.input');
  return circumstances.detail ?? '';
};

suite('The place of an operation follows from its name', () => {
  const cases: readonly (readonly [AnyOperation, string])[] = [
    [LIST, 'GET /api/keys'],
    [operation('keys create', z.strictObject({ name: z.string() })), 'POST /api/keys'],
    [operation('keys show', z.strictObject({ id: z.string() })), 'GET /api/keys/{id}'],
    [operation('keys revoke', z.strictObject({ id: z.string() })), 'DELETE /api/keys/{id}'],
    [ROTATE, 'POST /api/keys/{id}/rotate'],
    [operation('keys rotate-all', FILTER), 'POST /api/keys/rotate-all'],
    [{ ...operation('leaks report', FILTER), http: { method: 'POST', path: '/api/leaks' } }, 'POST /api/leaks'],
  ];
  for (const [of, place] of cases) test(`${of.name} is ${place}`, () => assert.equal(Object.values(shapeOf(of)).join(' '), place));
});

suite('The input of an operation', () => {
  test('is put together from path and body', () => assert.deepEqual(read(ROTATE, { params: { id: 'key_1' }, body: { overlap: 'now' } }), { id: 'key_1', overlap: 'now' }));
  test('or from path and query, typed as the operation wants it', () => assert.deepEqual(query('limit=5&filter.owner=a%40b&filter.unused=true&state=x&state=y'), { limit: 5, filter: { owner: 'a@b', unused: true }, state: ['x', 'y'] }));
  test('may be nothing where nothing is needed', () => assert.deepEqual(query(''), {}));

  test('with a member that is not known is refused, with the one that was meant', () => {
    assert.match(detailOf(() => read(ROTATE, { params: { id: 'key_1' }, body: { overlapp: 'now' } })), /"overlapp" is not a member; did you mean "overlap"\?/);
    assert.match(detailOf(() => query('filter.ovner=a')), /did you mean "owner"/);
    assert.match(detailOf(() => read(ROTATE, { params: { id: 'key_1' }, body: { role: 'admin' } })), /"role" is not a member/);
  });
  test('with a member that stands in the path and in the body is refused (W03)', () => assert.match(detailOf(() => read(ROTATE, { params: { id: 'key_1' }, body: { id: 'key_2' } })), /stands in the path.*body/));
  test('or in the path and in the query', () => assert.match(detailOf(() => read(ROTATE, { params: { id: 'key_1' }, query: 'id=key_2', takesQuery: true })), /stands in the path.*query/));
  test('of a POST in the query is refused', () => assert.match(detailOf(() => read(ROTATE, { params: { id: 'key_1' }, query: 'overlap=now' })), /a POST takes no query/));
  for (const body of [[], 'x', 7, null]) test(`that is ${JSON.stringify(body)} is refused`, () => assert.match(detailOf(() => read(ROTATE, { body })), /not a JSON object/));
  for (const text of ['limit=1&limit=2', 'limit=many', '__proto__.x=1', 'a.b.c=1', 'limit=1e3', 'constructor=1']) test(`?${text} is refused`, () => void detailOf(() => query(text)));
});
