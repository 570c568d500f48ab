import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOOKS, NO_CHROMIUM, startChromium } from '../test/world/chromium.ts';
import { SignInPages, TOUR } from '../test/world/sign-in-pages.ts';

/** `npm run screenshots [FOLDER]`: a picture of each page that people see, light and dark, wide and 360 px, to be looked at. */

const folder = process.argv[2] ?? 'screenshots';
if (NO_CHROMIUM !== false) throw new Error(NO_CHROMIUM);
mkdirSync(folder, { recursive: true });

await using pages = await SignInPages.start();
const browser = await startChromium();
try {
  for (const [look, options] of Object.entries(LOOKS)) {
    for (const [kind, open] of Object.entries(TOUR)) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      await open(page, pages);
      const path = join(folder, `${kind}, ${look}.png`.replaceAll(' ', '-'));
      await page.screenshot({ path, fullPage: true });
      await context.close();
      console.log(path);
    }
  }
} finally {
  await browser.close();
}
