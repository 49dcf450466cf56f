import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spokenText } from './vietnamese-text.ts';

describe.each([
  [
    'abbreviations of authorities, papers and safety',
    {
      'UBND xã thông báo': 'Ủy ban nhân dân xã thông báo',
      'HĐND, MTTQ xã': 'Hội đồng nhân dân, Mặt trận Tổ quốc xã',
      'HTX nông nghiệp': 'hợp tác xã nông nghiệp',
      'TP.HCM': 'Thành phố Hồ Chí Minh',
      'TP. Vĩnh Yên': 'thành phố Vĩnh Yên',
      'thẻ BHYT và CCCD': 'thẻ bảo hiểm y tế và căn cước công dân',
      'ứng dụng VNeID': 'ứng dụng vi en e ai đi',
      'Ban chỉ huy PCTT&TKCN': 'Ban chỉ huy phòng chống thiên tai và tìm kiếm cứu nạn',
      'công tác PCCC': 'công tác phòng cháy chữa cháy',
      'Trường THCS Hướng Đạo': 'Trường trung học cơ sở Hướng Đạo',
      'Đ/c Chủ tịch': 'đồng chí Chủ tịch',
      'bàn, ghế, v.v.': 'bàn, ghế, vân vân.',
      'dịch COVID-19': 'dịch cô vít mười chín',
    },
  ],
  ['capitals', { 'THÔNG BÁO KHẨN': 'THÔNG BÁO KHẨN', 'công ty TBXH': 'công ty tê bê ích hát', 'Đài PTTH': 'Đài pê tê tê hát' }],
  [
    'numbers and money',
    {
      '33,6 triệu': 'ba mươi ba phẩy sáu triệu',
      '50.000.000 đồng': 'năm mươi triệu đồng',
      '1.500 hộ': 'một nghìn năm trăm hộ',
      '12.000đ/kg': 'mười hai nghìn đồng trên ki lô gam',
      '500k': 'năm trăm nghìn',
      '1.234.567,5': 'một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy phẩy năm',
      '0,05': 'không phẩy không năm',
      '21, 24, 105, 1005': 'hai mươi mốt, hai mươi tư, một trăm linh năm, một nghìn không trăm linh năm',
      '2-3 ngày': 'hai đến ba ngày',
      'giai đoạn 2021-2025': 'giai đoạn hai nghìn không trăm hai mươi mốt đến hai nghìn không trăm hai mươi lăm',
      'tỷ số 2-1': 'tỷ số hai một',
      '3/4 số hộ': 'ba phần tư số hộ',
      'trực 24/24': 'trực hai mươi tư trên hai mươi tư',
      'trực 24/24h': 'trực hai mươi tư trên hai mươi tư giờ',
      '65,4 triệu đồng/người/năm': 'sáu mươi lăm phẩy bốn triệu đồng trên người trên năm',
      'ảnh 3x4cm': 'ảnh ba nhân bốn xen ti mét',
      'trực 24/7': 'trực hai mươi tư trên bảy',
      'thôn 4': 'thôn bốn',
    },
  ],
  [
    'dates',
    {
      'ngày 30/4': 'ngày ba mươi tháng tư',
      'dịp 30/4 và 1/5': 'dịp ngày ba mươi tháng tư và ngày một tháng năm',
      'ngày 01/01/2026': 'ngày một tháng một năm hai nghìn không trăm hai mươi sáu',
      'sáng 5/6': 'sáng ngày năm tháng sáu',
      'từ ngày 20-25/11': 'từ ngày hai mươi đến ngày hai mươi lăm tháng mười một',
      'từ 28/10 - 02/11/2026': 'từ ngày hai mươi tám tháng mười đến ngày hai tháng mười một năm hai nghìn không trăm hai mươi sáu',
      'Từ 1-3/5': 'Từ ngày một đến ngày ba tháng năm',
      'tháng 11/2026': 'tháng mười một năm hai nghìn không trăm hai mươi sáu',
      'tháng 4': 'tháng tư',
      'quý III/2026': 'quý ba năm hai nghìn không trăm hai mươi sáu',
      'thứ 2, thứ 4': 'thứ hai, thứ tư',
      'thứ 2, 4, 6 hằng tuần': 'thứ hai, tư, sáu hằng tuần',
    },
  ],
  [
    'hours',
    {
      '7h30': 'bảy giờ ba mươi phút',
      '7g30': 'bảy giờ ba mươi phút',
      '05:30': 'năm giờ ba mươi phút',
      '17 giờ': 'mười bảy giờ',
      '17 giờ 30 phút': 'mười bảy giờ ba mươi phút',
      '19h00': 'mười chín giờ',
      'từ 5h00 đến 17h00': 'từ năm giờ đến mười bảy giờ',
      '7h30-11h': 'bảy giờ ba mươi phút đến mười một giờ',
      '7h sáng': 'bảy giờ sáng',
    },
  ],
  [
    'telephones',
    {
      'số 0912345678': 'số không chín một hai, ba bốn năm, sáu bảy tám',
      '0912.345.678': 'không chín một hai, ba bốn năm, sáu bảy tám',
      '+84 912 345 678': 'không chín một hai, ba bốn năm, sáu bảy tám',
      '0211 3833 123': 'không hai một một, ba tám ba ba, một hai ba',
      'gọi ngay 114': 'gọi ngay một một bốn',
      'gọi 113, 114 hoặc 115': 'gọi một một ba, một một bốn hoặc một một năm',
      'tổng đài 19001234': 'tổng đài một chín không không, một hai ba bốn',
      'có 114 hộ': 'có một trăm mười bốn hộ',
    },
  ],
  [
    'Roman numerals',
    {
      'Đại hội lần thứ XIV': 'Đại hội lần thứ mười bốn',
      'lần thứ I': 'lần thứ nhất',
      'khóa XXI': 'khóa hai mươi mốt',
      'Chương IV': 'Chương bốn',
      'I. Tình hình': 'một. Tình hình',
    },
  ],
  [
    'measures',
    {
      '95,5%': 'chín mươi lăm phẩy năm phần trăm',
      '5 km': 'năm ki lô mét',
      '60km/h': 'sáu mươi ki lô mét trên giờ',
      '10kg': 'mười ki lô gam',
      '2,5 ha': 'hai phẩy năm héc ta',
      '120m2': 'một trăm hai mươi mét vuông',
      '-5°C': 'âm năm độ xê',
      '63 tạ/ha': 'sáu mươi ba tạ trên héc ta',
      'mưa 50-100mm': 'mưa năm mươi đến một trăm mi li mét',
    },
  ],
  [
    'decrees and papers',
    {
      'Nghị định số 49/2024/NĐ-CP': 'Nghị định số bốn mươi chín năm hai nghìn không trăm hai mươi tư của Chính phủ',
      'theo 49/2024/NĐ-CP': 'theo nghị định số bốn mươi chín năm hai nghìn không trăm hai mươi tư của Chính phủ',
      'Quyết định 12/QĐ-UBND': 'Quyết định số mười hai của Ủy ban nhân dân',
      'Chỉ thị số 05/CT-TTg': 'Chỉ thị số năm của Thủ tướng Chính phủ',
      'Luật số 59/2020/QH14': 'Luật số năm mươi chín năm hai nghìn không trăm hai mươi của Quốc hội khóa mười bốn',
    },
  ],
  [
    'roads, classes, addresses',
    {
      QL2C: 'quốc lộ hai xê',
      'biển 88A-123.45': 'biển tám tám a một hai ba bốn năm',
      'Km 12+500': 'ki lô mét mười hai cộng năm trăm',
      'cúm H5N1': 'cúm hát năm en nờ một',
      'lớp 10A1': 'lớp mười a một',
      'dichvucong.gov.vn': 'dichvucong chấm gốp chấm vi en',
    },
  ],
])('a voice says %s as a person does', (_, table) => {
  test.each(Object.entries(table))('%s', (written, spoken) => {
    expect(spokenText(written)).toBe(spoken);
  });
});

test('signs, bullets and faces are not read, and paragraphs stay apart', () => {
  expect(spokenText('THÔNG BÁO 📢\n\n- Họp thôn (nhà văn hóa);\n• Mang theo: sổ…\n"Kính mời!"')).toBe(
    'THÔNG BÁO\nHọp thôn, nhà văn hóa;\nMang theo: sổ.\nKính mời!',
  );
});

test('a name typed on a Mac (decomposed) is read like any other', () => {
  expect(spokenText('UBND xã Hướng Đạo'.normalize('NFD'))).toBe('Ủy ban nhân dân xã Hướng Đạo');
});

const PIECES = [
  'UBND',
  'ngày 30/4',
  '7h30',
  '0912345678',
  '49/2024/NĐ-CP',
  '12.000đ/kg',
  '1/2',
  'XIV',
  '5-7',
  '95%',
  '\n',
  '- ',
  '...',
  'thứ 2',
  '(',
  '😀',
  '2026',
  '/',
  '.',
  ',',
];
const written = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.stringMatching(/^[0-9/.,:hg -]{1,8}$/), fc.stringMatching(/^[A-ZĐa-zăâêôơư]{1,5}$/)), {
      maxLength: 30,
    })
    .map((parts) => parts.join(' ')),
);

test('whatever is typed, the voice gets words and pauses only', () => {
  fc.assert(
    fc.property(written, (text) => {
      const spoken = spokenText(text);
      expect(spoken).toMatch(/^[\p{L}\p{M}\s.,;:!?]*$/u);
      expect(spoken).not.toMatch(/[.,;:!?] ?[.,;:!?]/);
    }),
    { numRuns: 300 },
  );
});
