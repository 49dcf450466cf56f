import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's; another place is named by `TL_CHROMIUM`. */
const CHROMIUM = process.env.TL_CHROMIUM ?? '/usr/bin/chromium';

/** No step of a person takes longer, even on two loaded cores. */
const STEP_MS = 60_000;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface Person {
  context: BrowserContext;
  page: Page;
  /** What broke in the page: none of it may ever happen. */
  faults: string[];
}

/** Somebody with a browser of their own, far from the commune's time zone; on a phone if asked. */
export async function person(browser: Browser, baseUrl: string, options: { phone?: boolean } = {}): Promise<Person> {
  const context = await browser.newContext({
    baseURL: baseUrl,
    timezoneId: 'America/New_York',
    locale: 'en-US',
    viewport: options.phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    isMobile: options.phone ?? false,
    hasTouch: options.phone ?? false,
  });
  context.setDefaultTimeout(STEP_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  return { context, page, faults };
}

export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  await page.locator('#noi-dung').waitFor();
}
