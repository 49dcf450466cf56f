import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_PASSWORD, clustersOf, makeMp3, receiptsOf, startCommune, type TestCommune, until } from '../system/harness.ts';
import { openBrowser, type Person, person, signIn } from './person.ts';

const CLUSTERS = 15;
const PASSWORD = 'mat-khau-cua-toi';

let tl: TestCommune;
let browser: Browser;

beforeAll(async () => {
  tl = await startCommune({ clusters: CLUSTERS });
  await until('every cluster on line', async () => (await clustersOf(tl)).every((cluster) => cluster.presence.state === 'online'));
  await tl.admin.post('/users', { username: 'canbo', password: PASSWORD, role: 'broadcaster' });
  await tl.admin.post('/users', { username: 'lanhdao', password: PASSWORD, role: 'approver' });
  browser = await openBrowser();
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await tl?.stop();
}, 60_000);

async function signedIn(username: string, options: { phone?: boolean } = {}): Promise<Person> {
  const somebody = await person(browser, tl.baseUrl, options);
  await somebody.page.goto('/');
  await signIn(somebody.page, username, username === 'admin' ? ADMIN_PASSWORD : PASSWORD);
  return somebody;
}

test('a recording goes on air in every village: uploaded, approved on a phone by somebody else, played, and in the log', async () => {
  const broadcaster = await signedIn('canbo');
  const { page } = broadcaster;
  const file = makeMp3(tl.dataDir, 'thông_báo cắt nước.mp3', 6);
  await page.getByRole('link', { name: 'Tải bản tin lên' }).click();
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByTestId('bulletins').getByText('Thông báo cắt nước').click();
  await page.getByRole('button', { name: 'Nghe Thông báo cắt nước' }).waitFor();
  await page.getByRole('button', { name: 'Gửi duyệt' }).click();

  const approver = await signedIn('lanhdao', { phone: true });
  await approver.page.getByRole('link', { name: 'Duyệt 1 bản tin' }).click();
  const card = approver.page.getByTestId('review').getByRole('listitem').filter({ hasText: 'Thông báo cắt nước' });
  await card.getByRole('button', { name: /^Nghe/ }).click();
  await card.getByRole('button', { name: /^Tạm dừng/ }).waitFor();
  await card.getByRole('button', { name: /^Phê duyệt/ }).click();
  await approver.page.getByText('Không có bản tin nào chờ duyệt').waitFor();

  // The broadcaster's page learns of the approval by itself.
  await page.getByRole('main').getByRole('link', { name: 'Phát ngay' }).click();
  await page.getByRole('button', { name: `Phát ở ${CLUSTERS} cụm loa` }).click();
  await page.getByTestId('confirm').click();
  await page.waitForURL(/\/phat-ngay\/./);
  const broadcastId = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
  await page.getByTestId('onair-bar').getByRole('button', { name: 'Dừng tất cả' }).waitFor();

  const lines = await receiptsOf(tl, broadcastId, CLUSTERS);
  expect(lines.map((line) => line.outcome)).toEqual(Array.from({ length: CLUSTERS }, () => 'completed'));
  await page.getByRole('link', { name: 'Xem nhật ký phát' }).click();
  const row = page.getByTestId('broadcast').filter({ hasText: `${CLUSTERS}/${CLUSTERS}` });
  await row.getByText('Thông báo cắt nước').waitFor();
  await row.getByRole('table').waitFor();
  expect(await row.getByRole('row').count()).toBe(CLUSTERS + 1);
  expect([broadcaster.faults, approver.faults]).toEqual([[], []]);
});

test('a text file named .mp3 is refused beside its name, in a sentence that says what to do', async () => {
  const { page } = await signedIn('canbo');
  await page.goto('/thu-vien?tai-len');
  writeFileSync(join(tl.dataDir, 'gia.mp3'), 'đây là chữ, không phải âm thanh');
  await page.locator('input[type=file]').setInputFiles(join(tl.dataDir, 'gia.mp3'));
  await page.getByTestId('bulletins').getByText('Tệp này không phải âm thanh. Hãy chọn tệp MP3').waitFor();
});

test('a typed text is shown as it will be spoken, heard, and sent for approval; its author is told that somebody else must approve', async () => {
  const { page } = await signedIn('admin');
  await page.goto('/thu-vien/soan');
  await page.getByLabel('Tên bản tin').fill('Họp UBND');
  await page.getByLabel('Nội dung').fill('UBND xã mời bà con họp lúc 7h30 ngày 25/11.');
  await page.getByText(/Ủy ban nhân dân xã mời bà con họp lúc bảy giờ ba mươi/i).waitFor();
  await page.getByRole('button', { name: 'Nghe thử' }).click();
  await page.getByRole('button', { name: 'Nghe Họp UBND' }).waitFor();
  await page.getByRole('button', { name: 'Gửi duyệt' }).click();
  await page.getByText('Bạn là người tạo bản tin này nên không tự duyệt được').waitFor();
  expect(await page.getByRole('button', { name: /^Phê duyệt/ }).count()).toBe(0);
});

test('a schedule shows what it will do before it is saved, and stands in the week at the commune’s time', async () => {
  const { page } = await signedIn('canbo');
  await page.goto('/lich-phat/moi');
  await page.getByRole('combobox', { name: 'Phát gì' }).click();
  await page.getByRole('combobox', { name: 'Phát gì' }).fill('tiem chung');
  await page.getByRole('option', { name: /Lịch tiêm chủng/ }).click();
  await page
    .getByTestId('check')
    .getByText(/Trùng lịch 1 lần/)
    .waitFor();
  await page.getByText('Lịch kia sẽ phát.').waitFor();
  expect(await page.getByRole('button', { name: 'Lưu lịch phát' }).isDisabled()).toBe(true);
  await page.getByLabel('Giờ', { exact: true }).fill('11');
  await page.getByText('Không trùng lịch, đúng quy định.').waitFor();
  await page.getByRole('button', { name: 'Lưu lịch phát' }).click();
  await page.waitForURL(/\/lich-phat$/);
  await page.getByRole('tab', { name: 'Lịch đã đặt' }).click();
  await page.getByRole('listitem').filter({ hasText: 'Lịch tiêm chủng' }).getByText('11:30').waitFor();
});

test('a session that ended leads to the sign-in and back to the page where the person was', async () => {
  const { page, context } = await signedIn('canbo');
  await context.clearCookies();
  await page.goto('/nhat-ky?cum=HD-02');
  await page.getByText('bạn sẽ trở lại đúng trang đang làm').waitFor();
  await signIn(page, 'canbo', PASSWORD);
  await page.waitForURL(/\/nhat-ky\?cum=HD-02$/);
});

test('a page says when the server is gone, and is live again by itself when it is back', async () => {
  const { page, faults } = await signedIn('canbo');
  await page.getByText('Số liệu trực tiếp').waitFor();
  // One death is mended before a person would notice: it is kept down until the page has said so.
  const killed = new Set<number>();
  await until('the page says so', async () => {
    const { server } = tl.commune.pids;
    if (server !== undefined && !killed.has(server)) {
      killed.add(server);
      process.kill(server, 'SIGKILL');
    }
    return page.getByText(/Mất kết nối với máy chủ/).isVisible();
  });
  await page.getByText('Số liệu trực tiếp').waitFor();
  await page.getByTestId('figures').getByText(`${CLUSTERS}/${CLUSTERS}`).first().waitFor();
  expect(faults).toEqual([]);
});

describe('on a phone', () => {
  const pages = [
    '/',
    '/phat-ngay',
    '/thu-vien',
    '/thu-vien/soan',
    '/kiem-duyet',
    '/lich-phat',
    '/lich-phat/moi',
    '/nhat-ky',
    '/nguoi-dung',
  ];
  test('no page scrolls sideways, and each has a title of its own', async () => {
    const { page, faults } = await signedIn('admin', { phone: true });
    const titles = new Set<string>();
    for (const path of pages) {
      await page.goto(path);
      await page.locator('#noi-dung h1').waitFor();
      titles.add(await page.title());
      const [content, window] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      expect(content, path).toBeLessThanOrEqual(window);
    }
    expect(titles.size).toBe(pages.length);
    expect(faults).toEqual([]);
  });
});
