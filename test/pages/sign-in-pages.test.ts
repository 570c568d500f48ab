import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { complaintsIn, isTooWide, LOOKS, NO_CHROMIUM, obstaclesOn, startChromium } from '../world/chromium.ts';
import { SignInPages, TOUR } from '../world/sign-in-pages.ts';
import { until } from '../world/until.ts';

/** The pages of the authorization server in a real browser, as the people see them whom a client sends there. */

const stack = new AsyncDisposableStack();
let browser: Browser;
let pages: SignInPages;

before(async () => {
  if (NO_CHROMIUM !== false) return;
  browser = await startChromium();
  stack.defer(() => browser.close());
  pages = stack.use(await SignInPages.start());
});
after(() => stack.disposeAsync());

for (const [look, options] of Object.entries(LOOKS)) {
  suite(`Each page, ${look},`, { skip: NO_CHROMIUM }, () => {
    for (const [kind, open] of Object.entries(TOUR)) {
      test(`${kind}: has nothing to stumble over, fits the window, and loads nothing from anybody`, async () => {
        const context = await browser.newContext(options);
        const complaints = complaintsIn(context, pages.gateway.origin);
        const page = await context.newPage();
        await open(page, pages);
        assert.deepEqual(await obstaclesOn(page), []);
        assert.equal(await isTooWide(page), false);
        assert.notEqual(await page.getByRole('heading', { level: 1 }).textContent(), '');
        assert.deepEqual(complaints, []);
        await context.close();
      });
    }
  });
}

/** A person without JavaScript. */
const withoutScripts = async (work: (page: Page) => Promise<void>): Promise<void> => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
};

/** What the client is told next. */
const nextAnswer = async (work: () => Promise<unknown>): Promise<URL> => {
  const sofar = pages.answers.length;
  await work();
  return until('the client is told', async () => pages.answers[sofar], { withinMs: 15_000 });
};

suite('A person in a browser without JavaScript', { skip: NO_CHROMIUM }, () => {
  test('agrees with the Enter key behind their key, and the client has its code (D6, RFC 9207)', async () => {
    await withoutScripts(async (page) => {
      await page.goto(pages.question);
      await page.fill('input[name=key]', 'a-key-of-alice-0123456789abcdef');
      const answer = await nextAnswer(() => page.keyboard.press('Enter'));
      assert.ok(answer.searchParams.get('code'));
      assert.deepEqual([answer.searchParams.get('iss'), answer.searchParams.get('state')], [pages.gateway.origin, 'state-1']);
    });
  });

  test('agrees, goes to GitHub by the button and comes back: no page of ours keeps the browser from leaving (E06)', async () => {
    await withoutScripts(async (page) => {
      await page.goto(pages.question);
      const answer = await nextAnswer(() => page.getByRole('button', { name: 'Allow and sign in with GitHub' }).click());
      assert.ok(answer.searchParams.get('code'));
    });
  });

  test('does not allow it, and the client hears so', async () => {
    await withoutScripts(async (page) => {
      await page.goto(pages.question);
      const answer = await nextAnswer(() => page.getByRole('button', { name: 'Do not allow' }).click());
      assert.deepEqual([answer.searchParams.get('error'), answer.searchParams.get('code')], ['access_denied', null]);
    });
  });

  test('reads the name of a client as text, and that nobody has checked it (E02)', async () => {
    await withoutScripts(async (page) => {
      await page.goto(pages.question);
      assert.match((await page.textContent('main')) ?? '', /Notes & <b>friends<\/b>.*nobody has checked/);
      assert.equal(await page.locator('b').count(), 0);
    });
  });

  test('is led nowhere by a page that frames ours (E06)', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pages.redirectUri);
    await page.setContent(`<iframe src="${pages.question.replaceAll('&', '&amp;')}"></iframe>`);
    const frame = await until('the frame has tried', async () => page.frames()[1], { withinMs: 10_000 });
    await frame.waitForLoadState().catch(() => undefined);
    assert.equal(await frame.locator('input[name=key]').count(), 0);
    await context.close();
  });
});
