import { doReadNumber, ReadingConfig } from 'read-vietnamese-number';

const DIGITS = ['không', 'một', 'hai', 'ba', 'bốn', 'năm', 'sáu', 'bảy', 'tám', 'chín'] as const;

/** Longer than this nobody says as one number; it is a code, and is read digit by digit. */
const NUMBER_DIGITS_MAX = 15;

/** As radio announcers read: "linh", not "lẻ"; "nghìn", not "ngàn". */
function announcerReading(): ReadingConfig {
  const reading = new ReadingConfig();
  reading.unit = [];
  reading.oddText = 'linh';
  reading.units = [[], ['nghìn'], ['triệu'], ['tỷ']];
  return reading;
}

/** "0912" → "không chín một hai". */
export function digitWords(digits: string): string {
  return Array.from(digits, (digit) => DIGITS[Number(digit)]).join(' ');
}

/** A whole number in words. A code (leading zero, or too long for a number) is read digit by digit. */
export function integerWords(digits: string): string {
  if ((digits.length > 2 && digits.startsWith('0')) || digits.length > NUMBER_DIGITS_MAX) return digitWords(digits);
  return doReadNumber(String(BigInt(digits)), announcerReading());
}

/** How a number is written in Vietnamese text: points between thousands, a comma before decimals; also "1.5" and "1,5". */
export const NUMBER = String.raw`\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?`;

/** "50.000.000" → "năm mươi triệu"; "33,6" → "ba mươi ba phẩy sáu"; "0,05" → "không phẩy không năm". */
export function numberWords(written: string): string {
  const thousands = /^\d{1,3}(\.\d{3})+(?:,(?<decimals>\d+))?$/.exec(written);
  if (thousands) return withDecimals(written.split(',')[0]?.replaceAll('.', '') ?? '', thousands.groups?.decimals);
  const [whole = '', decimals] = written.split(/[.,]/);
  return withDecimals(whole, decimals);
}

function withDecimals(whole: string, decimals: string | undefined): string {
  if (decimals === undefined) return integerWords(whole);
  // Two digits are read as a number ("phẩy sáu mươi lăm"); more, or a leading zero, one by one.
  const read = decimals.length <= 2 && !decimals.startsWith('0') ? integerWords(decimals) : digitWords(decimals);
  return `${integerWords(whole)} phẩy ${read}`;
}

/** "thứ nhất", "thứ tư"; the rest as they are. */
export function ordinalWords(digits: string): string {
  if (Number(digits) === 1) return 'nhất';
  return Number(digits) === 4 ? 'tư' : integerWords(digits);
}

/** "tháng tư"; the rest as they are. */
export function monthWords(digits: string): string {
  return Number(digits) === 4 ? 'tư' : integerWords(String(Number(digits)));
}

/** Day of the month, hour, minute: "05" is "năm". */
export function clockWords(digits: string): string {
  return integerWords(String(Number(digits)));
}

const ROMAN: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50 };

/** The value of a Roman numeral up to 89; undefined for letters that are none ("IIX", "VX"). */
export function romanValue(letters: string): number | undefined {
  if (!/^L?X{0,3}(?:IX|IV|V?I{0,3})$/.test(letters) && !/^XL(?:IX|IV|V?I{0,3})$/.test(letters)) return undefined;
  let value = 0;
  for (const [index, letter] of Array.from(letters).entries()) {
    const worth = ROMAN[letter] ?? 0;
    value += worth < (ROMAN[letters[index + 1] ?? ''] ?? 0) ? -worth : worth;
  }
  return value > 0 ? value : undefined;
}
