import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import type { Answer, AuthorityGateway } from './authority-gateway.ts';

const objectsIn = (lines: readonly string[]): readonly JsonObject[] => lines.map((line) => JSON.parse(line) as JsonValue).filter(isJsonObject); // the trail writes objects

/** Every record of a gateway's trail, each once, whether it is in the database yet or in the journal. */
export const recordsOf = ({ dataFolder }: AuthorityGateway): readonly JsonObject[] => {
  const journal = join(dataFolder, 'journal');
  const waiting = readdirSync(journal).flatMap((file) => readFileSync(join(journal, file), 'utf8').split('\n').filter((line) => line.startsWith('{')));
  const database = new DatabaseSync(join(dataFolder, 'sallyport.db'), { readOnly: true });
  const drained = database.prepare('SELECT event FROM audit ORDER BY position').all().map((row) => String(row['event']));
  database.close();
  const byId = new Map(objectsIn([...drained, ...waiting]).map((record) => [`${String(record['id'])} ${String(record['type'])}`, record]));
  return [...byId.values()];
};

/** What must be so of everything that the authorization server refuses, besides the status (attacks.md, the five invariants). */
export interface Refused {
  /** The code of the record; the first that fits when there are several. */
  readonly code: string | RegExp;
  readonly status: number;
  /** What must not come back in the answer. */
  readonly canary?: string;
}

/** The answer is refused in its dialect, tells nothing, sends nobody anywhere, and has just one record that says why. */
export const assertRefused = (gateway: AuthorityGateway, answer: Answer, { code, status, canary }: Refused, what = ''): void => {
  assert.equal(answer.status, status, `${what} ${answer.text.slice(0, 300)}`);
  assert.equal(answer.headers.get('location'), null, what);
  const type = answer.headers.get('content-type') ?? '';
  assert.ok(type.startsWith('text/html') || typeof answer.json['error'] === 'string', `${what}: a page or a body of RFC 6749`);
  assert.doesNotMatch(answer.text, /node_modules|at .*\.(?:ts|js):\d+|SQLITE/);
  if (canary !== undefined) assert.ok(!answer.text.includes(canary), `${what} comes back`);
  const records = recordsOf(gateway).filter(({ id }) => id === answer.headers.get('x-request-id'));
  assert.equal(records.length, 1, `${what}: one record`);
  assert.match(String(records[0]?.['code']), typeof code === 'string' ? new RegExp(`^${code.replaceAll('.', '\\.')}$`) : code, what);
  assert.notEqual(records[0]?.['decision'], 'allow', what);
};
