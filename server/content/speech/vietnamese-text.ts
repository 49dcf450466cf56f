import { ABBREVIATIONS, DOCUMENTS, ISSUERS, LETTERS, UNITS } from './lexicon.ts';
import { clockWords, digitWords, integerWords, monthWords, NUMBER, numberWords, ordinalWords, romanValue } from './number-words.ts';

/** Neither a letter nor a digit beside it: `\b` knows no Vietnamese letters. */
const START = String.raw`(?<![\p{L}\p{N}])`;
const END = String.raw`(?![\p{L}\p{N}])`;
/** Nor a digit further on behind a point or a comma: the number is whole. */
const NUMBER_START = String.raw`(?<![\p{L}\p{N}]|\d[.,/])`;
const NUMBER_END = String.raw`(?!\d|[.,/]\d)`;

type Replace = (...found: string[]) => string;
interface Rule {
  pattern: RegExp;
  /** The match, its groups, and last what stands before it. */
  replace: Replace;
}

function rule(source: string, replace: Replace, flags = 'gu'): Rule {
  return { pattern: new RegExp(source, flags), replace };
}

function apply(text: string, { pattern, replace }: Rule): string {
  return text.replace(pattern, (...args: unknown[]) => {
    const strings = args.filter((arg) => typeof arg === 'string' || arg === undefined).map((arg) => (arg as string | undefined) ?? '');
    const whole = strings.pop() ?? '';
    const offset = args.find((arg) => typeof arg === 'number') as number;
    return replace(...strings, whole.slice(0, offset));
  });
}

function anyOf(words: Readonly<Record<string, string>>): string {
  const longestFirst = Object.keys(words).sort((a, b) => b.length - a.length);
  return longestFirst.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');
}

function isDate(day: string, month: string): boolean {
  return Number(day) >= 1 && Number(day) <= 31 && Number(month) >= 1 && Number(month) <= 12;
}

/** "ngày", where the text does not say it already. */
function named(before: string): string {
  return /(?:ngày|mùng|mồng|rằm)\s*$/iu.test(before) ? '' : 'ngày ';
}

function dateWords(day: string, month: string, year: string, before: string): string {
  const inYear = year === '' ? '' : ` năm ${integerWords(year)}`;
  return `${named(before)}${clockWords(day)} tháng ${monthWords(month)}${inYear}`;
}

// ── Numbers of documents ────────────────────────────────────────────────────────────────────────────────────────────

function documentWords(number: string, year: string, kind: string, issuer: string, before: string): string {
  const named = /(?:số|số:)\s*$/iu.test(before) ? '' : `${DOCUMENTS[kind] ?? spelled(kind)} số `;
  const inYear = year === '' ? '' : ` năm ${integerWords(year)}`;
  const by = issuer === '' ? '' : ` của ${ISSUERS[issuer] ?? ABBREVIATIONS[issuer] ?? spelled(issuer)}`;
  // "Nghị định 49/2024/NĐ-CP": the kind is said already.
  const said = DOCUMENTS[kind] !== undefined && new RegExp(`${DOCUMENTS[kind]}\\s*$`, 'iu').test(before);
  return `${said ? 'số ' : named}${integerWords(number)}${inYear}${by}`;
}

const DOCUMENT_RULES: readonly Rule[] = [
  rule(String.raw`${NUMBER_START}(\d{1,5})(?:/(\d{4}))?/QH(\d{1,2})${END}`, (_, number = '', year = '', term = '') => {
    return `${integerWords(number)}${year === '' ? '' : ` năm ${integerWords(year)}`} của Quốc hội khóa ${integerWords(term)}`;
  }),
  rule(
    String.raw`${NUMBER_START}(\d{1,5})(?:/(\d{4}))?/(${anyOf(DOCUMENTS)})(?:-([\p{Lu}]+(?:Tg)?))?${END}`,
    (_, number = '', year = '', kind = '', issuer = '', before = '') => documentWords(number, year, kind, issuer, before),
  ),
];

// ── Days ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Feasts and days of remembrance that everybody calls by their date. */
const FEASTS = new Set([
  '1/1',
  '3/2',
  '8/3',
  '10/3',
  '26/3',
  '30/4',
  '1/5',
  '7/5',
  '19/5',
  '1/6',
  '28/6',
  '27/7',
  '19/8',
  '2/9',
  '10/10',
  '20/10',
  '20/11',
  '22/12',
]);
const DATE_CONTEXT =
  /(?:ngày|mùng|mồng|rằm|sáng|trưa|chiều|tối|đêm|hôm|nay|mai|qua|thứ \p{L}+|thứ \d|chủ nhật|từ|đến|tới|trước|sau|lễ|dịp|hết|hạn|và|vào|đợt)[\s,(]*$/iu;

function shortDate(whole: string, day: string, month: string, before: string): string {
  const plain = `${Number(day)}/${Number(month)}`;
  const written = day.startsWith('0') || month.startsWith('0') || Number(day) > 12;
  const date = isDate(day, month) && plain !== '24/7' && (FEASTS.has(plain) || written || DATE_CONTEXT.test(before));
  return date ? dateWords(day, month, '', before) : whole;
}

const DAY_RULES: readonly Rule[] = [
  // "20-25/11", "từ ngày 28/10 - 02/11/2026"
  rule(
    String.raw`${NUMBER_START}(\d{1,2}(?:/\d{1,2}(?:/\d{4})?)?)\s?[-–—]\s?(?=\d{1,2}/\d{1,2}(?:/\d{4})?${NUMBER_END})`,
    (whole, first = '', before = '') => {
      const [day = '', month, year = ''] = first.split('/');
      if (Number(day) < 1 || Number(day) > 31) return whole;
      if (month === undefined) return `${named(before)}${clockWords(day)} đến `;
      return isDate(day, month) ? `${dateWords(day, month, year, before)} đến ` : whole;
    },
  ),
  rule(
    String.raw`${NUMBER_START}(\d{1,2})([/.-])(\d{1,2})\2(\d{4})${NUMBER_END}`,
    (whole, day = '', _mark, month = '', year = '', before = '') => (isDate(day, month) ? dateWords(day, month, year, before) : whole),
  ),
  rule(String.raw`${NUMBER_START}(\d{4})-(\d{2})-(\d{2})${NUMBER_END}`, (whole, year = '', month = '', day = '', before = '') =>
    isDate(day, month) ? dateWords(day, month, year, before) : whole,
  ),
  rule(String.raw`(tháng|Tháng)\s(\d{1,2})\s?[/-]\s?(\d{4})${NUMBER_END}`, (_, word = '', month = '', year = '') => {
    return `${word} ${monthWords(month)} năm ${integerWords(year)}`;
  }),
  rule(String.raw`(quý|Quý)\s(\d|[IV]{1,3})\s?[/-]\s?(\d{4})${NUMBER_END}`, (_, word = '', quarter = '', year = '') => {
    return `${word} ${integerWords(String(romanValue(quarter) ?? quarter))} năm ${integerWords(year)}`;
  }),
  rule(String.raw`${NUMBER_START}(\d{1,2})/(\d{4})${NUMBER_END}`, (whole, month = '', year = '') =>
    isDate('1', month) ? `tháng ${monthWords(month)} năm ${integerWords(year)}` : whole,
  ),
  rule(String.raw`${NUMBER_START}(\d{1,2})/(\d{1,2})${NUMBER_END}`, (whole, day = '', month = '', before = '') =>
    shortDate(whole, day, month, before),
  ),
  rule(String.raw`(tháng|Tháng)\s0?(\d{1,2})${NUMBER_END}${END}`, (_, word = '', month = '') => `${word} ${monthWords(month)}`),
  // "thứ 2, 4, 6": every number of the list is a day of the week
  rule(String.raw`(thứ|Thứ)\s(\d{1,2}(?:\s?(?:,|và|-)\s?[2-7](?![\d.,/]\d|\d|\s?[\p{L}%]))*)${END}`, (_, word = '', numbers = '') => {
    return `${word} ${numbers.replace(/-/g, ' đến ').replace(/\d+/g, ordinalWords)}`;
  }),
];

// ── Hours ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** "7h30-11h": the dash between two times is "đến". */
const UNTIL = String.raw`(\s?[-–—]\s?(?=\d{1,2}\s?(?:[hg:]|giờ)))?`;

function timeWords(hour: string, minute: string, until: string): string {
  const minutes = Number(minute) === 0 ? '' : ` ${clockWords(minute)} phút`;
  return `${clockWords(hour)} giờ${minutes}${until === '' ? '' : ' đến '}`;
}

const HOUR_RULES: readonly Rule[] = [
  rule(
    String.raw`${NUMBER_START}([01]?\d|2[0-4])\s?(?:h|g|giờ\s)\s?([0-5]\d)(?:\s?(?:phút|ph|p|'))?${END}${UNTIL}`,
    (_, hour = '', minute = '', until = '') => timeWords(hour, minute, until),
  ),
  rule(
    String.raw`${NUMBER_START}([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?${NUMBER_END}${END}${UNTIL}`,
    (_, hour = '', minute = '', until = '') => timeWords(hour, minute, until),
  ),
  rule(String.raw`${NUMBER_START}(\d{1,2})\s?h${END}${UNTIL}`, (_, hour = '', until = '') => timeWords(hour, '0', until)),
];

// ── Telephones ──────────────────────────────────────────────────────────────────────────────────────────────────────

const CALL_CONTEXT = /(?:gọi|số máy|điện thoại|tổng đài|đường dây nóng|hotline|liên hệ|nhắn tin|SĐT|ĐT)[^.\n]{0,30}$/iu;

/** Read in the groups in which it is written, or four, three, three. */
function telephoneWords(written: string): string {
  const national = written.replace(/^\+84[\s.-]?/, '0');
  const groups = /[\s.-]/.test(national) ? national.split(/[\s.-]+/) : (national.match(/^\d{4}|\d{3}(?=\d{3}|$)|\d+/g) ?? []);
  return groups.map(digitWords).join(', ');
}

const TELEPHONE_RULES: readonly Rule[] = [
  rule(String.raw`(?<![\p{L}\p{N}.,/])(?:\+84[\s.-]?|0)\d{1,4}(?:[\s.-]?\d{2,4}){1,3}${NUMBER_END}`, (whole) => {
    const digits = whole.replace(/\D/g, '').length;
    return digits >= 9 && digits <= 12 ? telephoneWords(whole) : whole;
  }),
  rule(String.raw`${NUMBER_START}1[89]00[\s.-]?(?:\d{4}|\d{6}|\d{2}[\s.-]\d{2})${NUMBER_END}`, telephoneWords),
  rule(
    String.raw`${NUMBER_START}(1\d{2,3}|\d{5,8})${NUMBER_END}(?!\s?(?:${anyOf(UNITS)}|đồng|người|hộ|lần)${END})`,
    (whole, _number, before = '') => (CALL_CONTEXT.test(before) ? digitWords(whole) : whole),
  ),
];

// ── Amounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const AMOUNT_RULES: readonly Rule[] = [
  // A car's plate, sign by sign: "88A-123.45"
  rule(String.raw`${START}(\d{2})(\p{Lu}\d?)\s?-\s?(\d{3})\.?(\d{2})${END}`, (_, ...signs) =>
    Array.from(signs.slice(0, 4).join(''), (sign) => (/\d/.test(sign) ? digitWords(sign) : spelled(sign))).join(' '),
  ),
  rule(String.raw`((?:tỷ|tỉ) số\s)(\d{1,3})\s?[-–—]\s?(\d{1,3})${NUMBER_END}`, (_, word = '', ours = '', theirs = '') => {
    return `${word}${integerWords(ours)} ${integerWords(theirs)}`;
  }),
  // "20-25", "2021–2025": from … to
  rule(String.raw`${NUMBER_START}(${NUMBER})\s?[-–—]\s?(?=\d)`, (_, from = '') => `${numberWords(from)} đến `),
  rule(String.raw`(\d)\s?[x×]\s?(?=\d)`, (_, digit = '') => `${digit} nhân `),
  rule(String.raw`${NUMBER_START}24/24\s?h${END}`, () => '24/24 giờ'),
  rule(String.raw`${NUMBER_START}(\d{1,3})/(\d{1,3})${NUMBER_END}`, (_, part = '', whole = '') => {
    const fraction = Number(part) < Number(whole) && Number(whole) <= 10;
    return fraction ? `${integerWords(part)} phần ${ordinalFraction(whole)}` : `${integerWords(part)} trên ${integerWords(whole)}`;
  }),
  rule(String.raw`(?<=^|[\s(:])[-−](?=\d)`, () => 'âm ', 'gmu'),
  // "60 km/h", "12.000đ/kg", "63 tạ/ha"
  rule(
    String.raw`${NUMBER_START}(${NUMBER})\s?(${anyOf(UNITS)}|\p{L}+)/(${anyOf(UNITS)}|\p{L}+)${END}`,
    (_, number = '', unit = '', per = '') => `${numberWords(number)} ${UNITS[unit] ?? unit} trên ${UNITS[per] ?? per}`,
  ),
  rule(
    String.raw`${NUMBER_START}(${NUMBER})\s?(${anyOf(UNITS)})${END}`,
    (_, number = '', unit = '') => `${numberWords(number)} ${UNITS[unit]} `,
  ),
  // "65 triệu đồng/người/năm"
  rule(String.raw`${START}(?:đồng|triệu|tỷ|tạ|tấn|lít|suất|lượt|lần|ca)(?:/\p{L}+)+${END}`, (words) => words.replaceAll('/', ' trên ')),
  // Classes and codes: "10A1", "H5N1", "4G", "QL2C"
  rule(String.raw`${START}(?=\p{Lu}*\d+\p{Lu}|\p{Lu}+\d)[\p{Lu}\d]+${END}`, (code) => codeWords(code)),
  rule(`${NUMBER_START}(?:${NUMBER})`, (number) => `${numberWords(number)} `),
  rule(String.raw`\d+`, (digits) => ` ${integerWords(digits)} `),
];

function ordinalFraction(whole: string): string {
  return Number(whole) === 4 ? 'tư' : integerWords(whole);
}

function codeWords(code: string): string {
  return (code.match(/\d+|\p{Lu}+/gu) ?? [])
    .map((part) => (/\d/.test(part) ? integerWords(part) : (ABBREVIATIONS[part] ?? spelled(part))))
    .join(' ');
}

// ── Letters ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const ROMAN_CONTEXT =
  'thứ|khóa|khoá|kỳ|kì|quý|chương|phần|thế kỷ|đại hội|loại|cấp|giai đoạn|đợt|mục|điều|hạng|vùng|khu vực|khu|nhóm|bậc|tập|tổ|số|lớp|Khóa|Chương|Phần|Quý|Đợt|Điều|Mục|Loại|Hạng|Vùng';

const LETTER_RULES: readonly Rule[] = [
  rule(String.raw`(${ROMAN_CONTEXT})\s([IVXL]+)${END}`, (whole, word = '', numeral = '') => {
    const value = romanValue(numeral);
    if (value === undefined) return whole;
    return `${word} ${word === 'thứ' ? ordinalWords(String(value)) : integerWords(String(value))}`;
  }),
  rule(String.raw`^([IVX]+)(?=[.)/:]|\s[-–])`, (numeral) => String(romanWords(numeral)), 'gmu'),
  rule(`${START}[IVX]{2,}${END}`, (numeral) => romanWords(numeral)),
];

function romanWords(numeral: string): string {
  const value = romanValue(numeral);
  return value === undefined ? numeral : integerWords(String(value));
}

/** A syllable that Vietnamese can have, tones and marks taken off. */
const SYLLABLE = /^(?:ngh?|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?$/;

/** "BÁO" is a word in capitals; "TBXH" is not, and is spelled. */
function sayable(capitals: string): boolean {
  return SYLLABLE.test(capitals.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd'));
}

function spelled(letters: string): string {
  return Array.from(letters.toUpperCase(), (letter) => LETTERS[letter] ?? letter.toLowerCase()).join(' ');
}

/** The longest that is still an abbreviation and not a word written without blanks. */
const SPELLED_LETTERS_MAX = 8;

const WORD_RULES: readonly Rule[] = [
  rule(String.raw`${START}(?:v\.v\.*|v\.v…)`, () => 'vân vân.'),
  rule(String.raw`${START}(?:TP|Tp|tp)\.\s?(?=\p{Lu}\p{Ll})`, () => 'thành phố '),
  rule(String.raw`${START}(?:TX|Tx|tx)\.\s?(?=\p{Lu}\p{Ll})`, () => 'thị xã '),
  rule(String.raw`${START}(?:TT|Tt|tt)\.\s?(?=\p{Lu}\p{Ll})`, () => 'thị trấn '),
  rule(String.raw`${START}Q\.\s?(?=\d)`, () => 'quận '),
  rule(String.raw`${START}P\.\s?(?=\d)`, () => 'phường '),
  rule(String.raw`${START}[Kk]m\.?\s?(?=\d)`, () => 'ki lô mét '),
  rule(String.raw`${START}(?:QL|QL\.)\s?(?=\d)`, () => 'quốc lộ '),
  rule(String.raw`${START}(?:TL|ĐT|TL\.|ĐT\.)(?=\d{3}(?!\d))`, () => 'tỉnh lộ '),
  rule(`${START}(?:${anyOf(ABBREVIATIONS)})${END}`, (word) => ABBREVIATIONS[word] ?? word),
];

const SPELLING_RULE = rule(String.raw`${START}\p{Lu}{2,${SPELLED_LETTERS_MAX}}${END}`, (word) => (sayable(word) ? word : spelled(word)));

// ── Addresses on the net ────────────────────────────────────────────────────────────────────────────────────────────

const ADDRESS_SIGNS: Readonly<Record<string, string>> = {
  '.': ' chấm ',
  '@': ' a còng ',
  '/': ' xuyệt ',
  '-': ' gạch ngang ',
  _: ' gạch dưới ',
};

function addressWords(address: string): string {
  return address
    .replace(/^https?:\/\//i, '')
    .replace(/^www\./i, '')
    .replace(/\/$/, '')
    .replace(/[.@/_-]/g, (sign) => ADDRESS_SIGNS[sign] ?? ' ')
    .replace(/\d/g, (digit) => ` ${digitWords(digit)} `)
    .replace(/(?<= chấm )(vn|gov|com|org|edu|net)(?= |$)/g, (name) => (name === 'vn' ? 'vi en' : name === 'gov' ? 'gốp' : name));
}

const ADDRESS_RULE = rule(
  String.raw`(?:https?://|www\.)[^\s,;]*[\p{L}\p{N}/]|${START}[\w.-]+(?:@[\w-]+)?(?:\.[\w-]+)*\.(?:vn|com|org|net)(?:/[\w./-]*)?${END}`,
  addressWords,
);

// ── The whole ───────────────────────────────────────────────────────────────────────────────────────────────────────

function cleaned(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u00a0\u2000-\u200b\u202f\ufeff\t]/g, ' ')
    .replace(/[“”„«»"‘’`*_#~^|<>\\]/g, ' ')
    .replace(/^\s*[-–—•+●▪◦·]\s+/gm, '');
}

/** Of several signs in a row the one with the longest pause; brackets and ellipses leave such rows. */
function strongest(signs: string): string {
  return Array.from('!?.;:,').find((sign) => signs.includes(sign)) ?? '';
}

function tidied(text: string): string {
  return text
    .replace(/&/g, ' và ')
    .replace(/\+/g, ' cộng ')
    .replace(/=/g, ' bằng ')
    .replace(/\s[-–—]\s/g, ', ')
    .replace(/[-–—/]/g, ' ')
    .replace(/[()[\]{}]/g, ', ')
    .replace(/…|\.{2,}/g, '.')
    .replace(/[^\p{L}\p{M}\s.,;:!?]/gu, ' ')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ *([.,;:!?])/g, '$1')
    .replace(/[.,;:!?](?: *[.,;:!?])+/g, strongest)
    .replace(/([.,;:!?])(?=\p{L})/gu, '$1 ')
    .replace(/^[\s.,;:!?]+/gm, '')
    .replace(/ *\n+ */g, '\n')
    .replace(/,+$/gm, '')
    .trim();
}

const RULES: readonly Rule[] = [
  ADDRESS_RULE,
  ...DOCUMENT_RULES,
  ...DAY_RULES,
  ...HOUR_RULES,
  ...TELEPHONE_RULES,
  ...WORD_RULES,
  ...AMOUNT_RULES,
  ...LETTER_RULES,
  SPELLING_RULE,
];

/**
 * The words that a voice reads for a text as people write it: abbreviations, numbers, dates, hours, telephones, units
 * and the numbers of decrees in full. There is no digit in it; a line of it is a paragraph.
 */
export function spokenText(text: string): string {
  return tidied(RULES.reduce(apply, cleaned(text)));
}
