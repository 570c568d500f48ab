import { resultsText, type Results } from './report.ts';

const BEGIN = '<!-- results: written by "npm run docs" from bench/results.json, which "npm run bench:full" writes -->';
const END = '<!-- end of results -->';

/** docs/performance.md with the results as they are in the file; its prose stays. */
export const withResults = (page: string, results: Results): string => {
  const [before = '', rest = ''] = page.split(BEGIN);
  const text = results.tables.length === 0 ? 'No run is on file. `npm run bench:full` measures, and writes this section.' : resultsText(results);
  return `${before}${BEGIN}\n\n${text}\n\n${END}${rest.slice(rest.indexOf(END) + END.length)}`;
};
