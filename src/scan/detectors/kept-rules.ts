import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { Secret } from '../../model/secret.ts';
import { isPlaceholder } from '../placeholder.ts';
import type { Detection, Detector } from '../finding.ts';

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }] };

// It keeps what it measures of every rule and every text for as long as the process lives.
secretLintProfiler.setEnabled(false);

/** `@secretlint/secretlint-rule-github` becomes `github`. */
const ruleOf = (id: string): string => id.replace(/^@secretlint\/secretlint-rule-/, '');

/** `found GitHub Token(...): ghp_…` says the secret; only what it is goes on. */
const whatOf = (message: string): string => {
  const [, what = 'a secret'] = /^found ([^:]+)/i.exec(message) ?? [];
  return what.trim();
};

/** The forms of some forty providers, by a rule set that others keep (secretlint; decision 21). */
export const keptRules: Detector = {
  async detect(text, path): Promise<readonly Detection[]> {
    const { messages } = await lintSource({ source: { filePath: path, content: text, contentType: 'text' }, options: { config, noPhysicFilePath: true } });
    return messages.flatMap(({ ruleId, message, range: [from, to] }) => {
      const found = text.slice(from, to);
      return isPlaceholder(found) ? [] : [{ rule: ruleOf(ruleId), what: whatOf(message), certainty: 'certain' as const, from, to, secret: new Secret(found) }];
    });
  },
};
