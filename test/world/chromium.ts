import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** Debian's Chromium, or one that `CHROMIUM` names; without one the pages are tried by forms alone, and what needs it is skipped in so many words. */
const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const EXECUTABLE = PLACES.find((path) => path !== undefined && existsSync(path));

export const NO_CHROMIUM = EXECUTABLE === undefined ? 'there is no Chromium on this machine (Debian: apt-get install chromium)' : false;

/** What keeps it from calling home. */
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts it, headless. */
export const startChromium = (): Promise<Browser> => chromium.launch({ executablePath: EXECUTABLE ?? '', args: QUIET });

/** How people look at a page. */
export const LOOKS = {
  'light and wide': { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  'dark and 360 px': { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
} as const;

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeFinding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What a screen reader, or whoever sees little, would stumble over (WCAG 2.2 and axe's own rules): one line each. */
export const obstaclesOn = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(AXE);
  const found = await page.evaluate<readonly AxeFinding[]>('axe.run().then(({ violations }) => violations)');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
};

/** Whether a page is wider than the window. */
export const isTooWide = (page: Page): Promise<boolean> => page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');

/** Notes every request to somebody else and everything the browser complains of; `expected` are the statuses that pages have on purpose. */
export const complaintsIn = (context: BrowserContext, origin: string): readonly string[] => {
  const complaints: string[] = [];
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin && request.resourceType() !== 'document') complaints.push(`a request to ${request.url()}`);
  });
  context.on('console', (message) => {
    if (!/the server responded with a status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  return complaints;
};
