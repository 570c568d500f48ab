/** A fenced block of a Markdown text. */
export interface Fenced {
  /** The first word after the fence, such as `yaml`. */
  readonly language: string;
  /** The second word: what a test calls the block, when there is a test of it. */
  readonly label: string | undefined;
  readonly text: string;
}

/** The fenced blocks of a Markdown text, in order. */
export const fencedBlocks = (markdown: string): readonly Fenced[] =>
  [...markdown.matchAll(/^```([\w-]*)(?:[ \t]+([\w-]+))?[^\n]*\n([^]*?)^```$/gm)].map(([, language = '', label, text = '']) => ({ language, label, text }));

/** A section of a Markdown text: a heading of the second level and what follows it. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

export const sectionsOf = (markdown: string): readonly Section[] =>
  markdown
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { title: part.slice(0, end).trim(), text: part.slice(end + 1) };
    });
