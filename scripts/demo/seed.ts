import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import type { Programme, Schedule } from '@tieng-lang/shared/contract/http/schedule';
import { type Clock, sleep } from '@tieng-lang/shared/time/clock';
import { localDateOf } from '@tieng-lang/shared/time/local';
import type { ApiClient } from './client.ts';

const BULLETINS = [
  {
    key: 'greeting',
    title: 'Lời chào buổi phát thanh',
    level: 'normal',
    voice: 'vi-north',
    text: 'Kính chào quý vị và các bạn. Đây là Đài truyền thanh xã Hướng Đạo. Mời quý vị và các bạn nghe chương trình phát thanh của xã.',
  },
  {
    key: 'vaccination',
    title: 'Lịch tiêm chủng tháng này',
    level: 'normal',
    voice: 'vi-north',
    text: 'Trạm y tế xã thông báo: buổi tiêm chủng mở rộng tháng này bắt đầu lúc 7h30 ngày 25 hằng tháng tại trạm y tế xã. Đề nghị các gia đình có trẻ dưới 24 tháng tuổi đưa trẻ đến đúng giờ, mang theo sổ tiêm chủng và thẻ BHYT.',
  },
  {
    key: 'irrigation',
    title: 'Thông báo lấy nước vụ đông xuân',
    level: 'normal',
    voice: 'vi-north',
    text: 'HTX dịch vụ nông nghiệp thông báo lịch lấy nước đổ ải vụ đông xuân: từ 5h00 đến 17h00 các ngày thứ hai, thứ tư và thứ sáu. Bà con chủ động đắp bờ giữ nước, không tháo nước ra kênh tiêu.',
  },
  {
    key: 'fire-safety',
    title: 'Nhắc nhở phòng cháy mùa hanh khô',
    level: 'priority',
    voice: 'vi-south',
    text: 'UBND xã đề nghị bà con không đốt rơm rạ, rác thải gần rừng và khu dân cư trong mùa hanh khô. Khi phát hiện cháy, gọi ngay 114 hoặc báo cho trưởng thôn. PCCC là trách nhiệm của mọi nhà.',
  },
] as const;

/** Speech and levelling of a short text take a second or two; a machine under load is given much more. */
const READY_MS = 120_000;

export interface SeedClients {
  /** Two people: what one writes, the other approves. */
  author: ApiClient;
  approver: ApiClient;
}

/** Fills an empty station with what a newcomer can see and hear at once: four bulletins and the day's two sessions. */
export async function seed(clients: SeedClients, clock: Clock, zone: string): Promise<void> {
  const ids = new Map<string, string>();
  for (const { key, ...body } of BULLETINS) {
    const { id } = await clients.author.post<Bulletin>('/bulletins', body);
    ids.set(key, id);
  }
  for (const id of ids.values()) {
    await ready(clients.author, id, clock);
    await clients.author.post(`/bulletins/${id}/submit`);
    await clients.approver.post(`/bulletins/${id}/approve`);
  }
  const session = (name: string, bulletins: readonly string[]) =>
    clients.author.post<Programme>('/programmes', {
      name,
      items: [
        { tuneId: 'tune-opening' },
        { bulletinId: ids.get('greeting') },
        ...bulletins.flatMap((key) => [{ gapMs: 1500 }, { bulletinId: ids.get(key) }]),
        { tuneId: 'tune-closing' },
      ],
    });
  const morning = await session('Buổi phát sáng', ['vaccination', 'irrigation']);
  const evening = await session('Buổi phát chiều', ['fire-safety', 'irrigation']);
  const today = localDateOf(clock.nowMs(), zone);
  for (const [programme, time] of [
    [morning, '05:30'],
    [evening, '17:00'],
  ] as const) {
    await clients.author.post<Schedule>('/schedules', {
      programmeId: programme.id,
      targets: { all: true },
      start: `${today}T${time}`,
      rrule: 'FREQ=DAILY',
    });
  }
}

async function ready(client: ApiClient, bulletinId: string, clock: Clock): Promise<void> {
  const untilMs = clock.monotonicMs() + READY_MS;
  for (;;) {
    const { media, title } = await client.get<Bulletin>(`/bulletins/${bulletinId}`);
    if (media.state === 'ready') return;
    if (media.state === 'refused') throw new Error(`"${title}": ${media.refusal?.message ?? media.refusal?.code ?? 'refused'}`);
    if (clock.monotonicMs() > untilMs) throw new Error(`"${title}" was not ready in ${READY_MS / 1000} s`);
    await sleep(clock, 250);
  }
}
