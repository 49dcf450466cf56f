/**
 * `…/monitor`, QoS 0: one Opus packet of 20 ms (mono, 48 kHz) of what the speakers sound, behind an 8-byte header: the
 * packet's number (unsigned 32-bit, big endian) and the millisecond of its first sample modulo 2³² (likewise).
 */
export const MONITOR_FRAME_MS = 20;

export interface MonitorFrame {
  number: number;
  packet: Uint8Array;
}

export function encodeMonitorFrame(frame: MonitorFrame, atMs: number): Uint8Array {
  const bytes = new Uint8Array(8 + frame.packet.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frame.number >>> 0);
  view.setUint32(4, Math.floor(atMs) % 2 ** 32);
  bytes.set(frame.packet, 8);
  return bytes;
}

/** Undefined for what is no frame: shorter than its header, or longer than the largest Opus packet (RFC 6716 §3.4). */
export function decodeMonitorFrame(bytes: Uint8Array): MonitorFrame | undefined {
  if (bytes.length < 9 || bytes.length > 8 + 1275) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { number: view.getUint32(0), packet: bytes.subarray(8) };
}
