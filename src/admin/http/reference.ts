import { shapeOf, type AnyOperation } from './http-shape.ts';

const BEGIN = '<!-- operations: written by "npm run docs" from src/admin/operations/list.ts -->';
const END = '<!-- end of operations -->';

const row = (operation: AnyOperation): string => {
  const { method, path } = shapeOf(operation);
  return `| \`${method} ${path}\` | \`${method === 'GET' ? `${operation.permission}.read` : operation.permission}\` | ${operation.summary} | \`sallyport ${operation.name}\` |`;
};

/** docs/admin-api.md with its table of operations as they are now. */
export const withOperations = (guide: string, operations: readonly AnyOperation[]): string => {
  const [before = '', rest = ''] = guide.split(BEGIN);
  const table = ['| place | permission | what it does | the same in the terminal |', '|---|---|---|---|', ...operations.map(row)].join('\n');
  return `${before}${BEGIN}\n\n${table}\n\n${END}${rest.slice(rest.indexOf(END) + END.length)}`;
};
