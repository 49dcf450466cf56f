/** RFC 3533 §6: a page is at most 27 bytes of header, 255 of lacing values and 255 · 255 of body. */
export const LARGEST_PAGE = 27 + 255 + 255 * 255;

const SMALLEST_PAGE = 27;

/** The file is not what it claims to be; the message says where. */
export class DamagedMedia extends Error {
  override readonly name = 'DamagedMedia';
}

export interface OggPage {
  /** Position of the last packet that ends here, in samples at 48 kHz; undefined when none ends here. */
  granule: number | undefined;
  serial: number;
  sequence: number;
  continued: boolean;
  first: boolean;
  last: boolean;
  lacing: Uint8Array;
  body: Uint8Array;
  /** Length of the whole page. */
  bytes: number;
}

/**
 * The page that begins at `offset`; undefined when `buffer` ends before it does.
 * @throws DamagedMedia when no page begins there or its checksum is wrong.
 */
export function readPage(buffer: Uint8Array, offset: number): OggPage | undefined {
  if (buffer.length - offset < SMALLEST_PAGE) return undefined;
  const view = new DataView(buffer.buffer, buffer.byteOffset + offset, buffer.length - offset);
  // "OggS" and stream structure version 0.
  if (view.getUint32(0) !== 0x4f676753 || view.getUint8(4) !== 0) throw new DamagedMedia('no Ogg page where one should begin');
  const segments = view.getUint8(26);
  if (view.byteLength < SMALLEST_PAGE + segments) return undefined;
  const lacing = buffer.subarray(offset + SMALLEST_PAGE, offset + SMALLEST_PAGE + segments);
  let bodyBytes = 0;
  for (const length of lacing) bodyBytes += length;
  const bytes = SMALLEST_PAGE + segments + bodyBytes;
  if (view.byteLength < bytes) return undefined;
  if (checksum(buffer, offset, bytes) !== view.getUint32(22, true)) throw new DamagedMedia('checksum of an Ogg page is wrong');
  const flags = view.getUint8(5);
  const granule = view.getBigInt64(6, true);
  if (granule < -1n || granule > BigInt(Number.MAX_SAFE_INTEGER)) throw new DamagedMedia('granule position out of range');
  return {
    granule: granule === -1n ? undefined : Number(granule),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    lacing,
    body: buffer.subarray(offset + SMALLEST_PAGE + segments, offset + bytes),
    bytes,
  };
}

/** RFC 3533 §6: polynomial 0x04c11db7, not reflected, start and end 0, over the page with its checksum field as zero. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

function checksum(buffer: Uint8Array, offset: number, bytes: number): number {
  let crc = 0;
  for (let i = 0; i < bytes; i++) {
    const byte = i >= 22 && i < 26 ? 0 : (buffer[offset + i] as number);
    crc = (crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] as number);
  }
  return crc >>> 0;
}
