import { families } from './list.ts';

const BEGIN = '<!-- metrics: written by "npm run docs" from src/adapters/metrics/list.ts -->';
const END = '<!-- end of metrics -->';

/** docs/metrics.md with its table of metrics as they are now. */
export const withMetricTable = (guide: string): string => {
  const [before = '', rest = ''] = guide.split(BEGIN);
  const rows = families.map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`);
  return `${before}${BEGIN}\n\n${['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n')}\n\n${END}${rest.slice(rest.indexOf(END) + END.length)}`;
};
