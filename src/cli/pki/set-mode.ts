import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

/** How a listener may ask for certificates once it enforces them. */
export type EnforcedMode = 'request' | 'require';

/** One piece of the text, and what stands there instead. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

interface Placed {
  /** The key as it is written, with its quotation marks where it has any. */
  readonly key: { readonly from: number; readonly text: string };
  readonly value: { readonly from: number; readonly to: number };
}

const placed = (section: YAMLMap, name: string, text: string): Placed | undefined => {
  const pair = section.items.find((item: Pair) => isScalar(item.key) && item.key.value === name);
  if (!isScalar(pair?.key) || !isScalar(pair.value)) return undefined;
  const [key, value] = [pair.key.range, pair.value.range];
  return key === undefined || key === null || value === undefined || value === null ? undefined : { key: { from: key[0], text: text.slice(key[0], key[1]) }, value: { from: value[0], to: value[1] } };
};

const written = ({ value }: Placed, text: string): Edit => ({ from: value.from, to: value.to, text });

/** What has to change under `tls`; undefined where nothing says that certificates are only observed, or only requested. */
const editsIn = (section: YAMLMap, text: string, mode: EnforcedMode): readonly Edit[] | undefined => {
  const [observe, reject] = [placed(section, 'observe', text), placed(section, 'rejectUnauthorized', text)];
  if (mode === 'require') {
    const edits = [...(observe === undefined ? [] : [written(observe, 'false')]), ...(reject === undefined ? [] : [written(reject, 'true')])];
    return edits.length === 0 ? undefined : edits;
  }
  if (observe === undefined) return undefined;
  if (reject !== undefined) return [written(observe, 'false'), written(reject, 'false')];
  // In the place of the one setting stands the other, so that its line keeps its comment.
  return [{ from: observe.key.from, to: observe.value.to, text: text.slice(observe.key.from, observe.value.to).replace('observe', 'rejectUnauthorized').replace(/true$/, 'false') }];
};

/**
 * The text of a configuration with another mode of one listener; every other byte is as it was.
 * @param path where its `tls` stands
 * @returns undefined where that stands in a way that cannot be changed in its place, such as by an alias
 */
export const withMode = (text: string, path: readonly (string | number)[], mode: EnforcedMode): string | undefined => {
  const section: unknown = parseDocument(text).getIn(path, true);
  const edits = isMap(section) ? editsIn(section, text, mode) : undefined;
  return edits?.toSorted((one, other) => other.from - one.from).reduce((changed, edit) => changed.slice(0, edit.from) + edit.text + changed.slice(edit.to), text);
};
