import { sameTally, tally } from './results.ts';
import type { Check, Results } from './results.ts';

/** A check that came out otherwise, in one line. */
function line(scenario: string, id: string, expected: readonly Check[], actual: readonly Check[]): string {
  const outcomes = (found: readonly Check[]): string => found.map(({ status }) => status).join(' ') || 'absent';
  const messages = actual.flatMap(({ errorMessage }) => errorMessage ?? []);
  const explanation = messages.length > 0 ? `: ${messages.join(' | ')}` : '';
  return `${scenario} ${id}: ${outcomes(actual)}, expected ${outcomes(expected)}${explanation}`;
}

const withId = (checks: readonly Check[], id: string): Check[] => checks.filter((check) => check.id === id);

function inScenario(scenario: string, expected: readonly Check[], actual: readonly Check[]): string[] {
  const ids = new Set([...expected, ...actual].map(({ id }) => id));
  return [...ids]
    .filter((id) => !sameTally(tally(withId(expected, id)), tally(withId(actual, id))))
    .map((id) => line(scenario, id, withId(expected, id), withId(actual, id)));
}

/** Every check whose outcome is not what it is without the gateway: failed, only warned of, or never reached. */
export function differences(reference: Results, actual: Results): string[] {
  const scenarios = new Set([...reference.keys(), ...actual.keys()]);
  return [...scenarios].flatMap((name) => inScenario(name, reference.get(name) ?? [], actual.get(name) ?? []));
}

/** What fails in a run that has nothing to be compared with. */
export function failures(results: Results): string[] {
  return [...results].flatMap(([scenario, checks]) =>
    checks
      .filter(({ status }) => status === 'FAILURE')
      .map(({ id, errorMessage = 'no message' }) => `${scenario} ${id}: ${errorMessage}`),
  );
}
