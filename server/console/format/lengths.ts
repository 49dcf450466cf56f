/** `0:07`, `12:34`, `1:02:03`: a length of sound, for players. */
export function clockLength(lengthMs: number): string {
  const seconds = Math.max(0, Math.floor(lengthMs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A number with a decimal comma, as Vietnamese writes it (English gets its point). */
export function decimal(value: number, digits: number, language: string): string {
  return new Intl.NumberFormat(language === 'en' ? 'en-GB' : 'vi-VN', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** Bytes as `3,4 MB`. */
export function megabytes(bytes: number, language: string): string {
  return `${decimal(bytes / 1_048_576, bytes < 10_485_760 ? 1 : 0, language)} MB`;
}
