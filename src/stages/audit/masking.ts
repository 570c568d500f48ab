import { digestOf } from '../../model/argument-digest.ts';
import { compileGlob } from '../../model/permission/permission.ts';
import { maskWithDigest, type Masking } from '../../model/redaction.ts';

/** Arguments that are not to be written down, by their names. */
export interface MaskRule {
  /** Whose arguments: `server:tool`, where `*` stands for any run of characters. */
  readonly tools: string;
  /** Names of arguments at any depth, in either letter case; `*` stands for any run of characters. */
  readonly arguments: readonly string[];
}

/** What masks the arguments of one call, besides what every record masks; undefined where nothing else is. */
export type MaskingFor = (of: { readonly id: string; readonly server: string; readonly tool: string }) => Masking | undefined;

/**
 * Compiles which arguments are masked.
 * @param key the digests' key, 32 bytes
 */
export const buildMasking = (rules: readonly MaskRule[], key: Uint8Array): MaskingFor => {
  const compiled = rules.map((rule) => ({ isAbout: compileGlob(rule.tools), names: rule.arguments.map((name) => compileGlob(name.toLowerCase())) }));
  return ({ id, server, tool }) => {
    const names = compiled.length === 0 ? [] : compiled.filter(({ isAbout }) => isAbout(`${server}:${tool}`)).flatMap((rule) => rule.names);
    if (names.length === 0) return undefined;
    return { hides: (name) => names.some((matches) => matches(name.toLowerCase())), mask: (path, value) => maskWithDigest(digestOf(key, { id, path, value })) };
  };
};
