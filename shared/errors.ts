/** One row of the table: the HTTP status and what a person reads, Vietnamese first. `{name}` is filled from `params`. */
interface ErrorRow {
  readonly status: number;
  readonly vi: string;
  readonly en: string;
}

/**
 * Every error that leaves the system, by its stable code. Codes are never reused for another meaning. A sentence says
 * what is wrong and, where there is something to do, what to do next.
 */
export const ERRORS = {
  // input
  'invalid-input': { status: 422, vi: 'Dữ liệu gửi lên chưa đúng; xem từng mục bên dưới.', en: 'The input is not valid; see each field.' },
  'invalid-json': { status: 400, vi: 'Nội dung gửi lên không phải JSON đúng.', en: 'The body is not valid JSON.' },
  'body-too-large': { status: 413, vi: 'Nội dung gửi lên quá lớn (tối đa {limit}).', en: 'The body is too large (at most {limit}).' },
  'unsupported-media-type': { status: 415, vi: 'Kiểu nội dung này không được nhận.', en: 'This content type is not accepted.' },
  'not-found': { status: 404, vi: 'Không tìm thấy.', en: 'Not found.' },
  'method-not-allowed': { status: 405, vi: 'Địa chỉ này không nhận thao tác đó.', en: 'This address does not take that method.' },
  'too-many-requests': {
    status: 429,
    vi: 'Thao tác quá nhiều lần; thử lại sau {seconds} giây.',
    en: 'Too many attempts; try again in {seconds} s.',
  },
  internal: { status: 500, vi: 'Máy chủ gặp lỗi; mã theo dõi {requestId}.', en: 'The server failed; reference {requestId}.' },
  unavailable: {
    status: 503,
    vi: 'Một bộ phận của máy chủ đang tạm dừng; thử lại sau ít giây.',
    en: 'A part of the server is down; try again shortly.',
  },
  // identity
  'not-signed-in': { status: 401, vi: 'Bạn chưa đăng nhập hoặc phiên đã hết hạn.', en: 'You are not signed in, or the session has ended.' },
  'wrong-credentials': { status: 401, vi: 'Tên đăng nhập hoặc mật khẩu không đúng.', en: 'Wrong user name or password.' },
  'csrf-token-missing': {
    status: 403,
    vi: 'Thiếu mã chống giả mạo; tải lại trang rồi thử lại.',
    en: 'The anti-forgery token is missing; reload the page.',
  },
  forbidden: { status: 403, vi: 'Vai trò của bạn không được làm việc này.', en: 'Your role may not do this.' },
  'outside-area': { status: 403, vi: 'Nơi phát này ngoài địa bàn của bạn.', en: 'These targets are outside your area.' },
  'last-administrator': {
    status: 409,
    vi: 'Đây là quản trị viên cuối cùng; hãy giao quyền quản trị cho người khác trước.',
    en: 'This is the last administrator; make somebody else one first.',
  },
  'username-taken': { status: 409, vi: 'Tên đăng nhập đã có người dùng.', en: 'This user name is taken.' },
  // content
  'media-empty': { status: 422, vi: 'Tệp rỗng, không có âm thanh.', en: 'The file is empty.' },
  'media-not-audio': {
    status: 422,
    vi: 'Tệp này không phải âm thanh. Hãy chọn tệp MP3, WAV, M4A, OGG… hoặc ghi âm lại.',
    en: 'This file holds no audio. Choose an MP3, WAV, M4A, OGG… file.',
  },
  'media-no-sound': { status: 422, vi: 'Tệp chỉ có im lặng.', en: 'The file holds silence only.' },
  'media-too-short': { status: 422, vi: 'Âm thanh ngắn hơn {minimumMs} ms.', en: 'The audio is shorter than {minimumMs} ms.' },
  'media-too-long': { status: 422, vi: 'Âm thanh dài hơn {maximumMin} phút.', en: 'The audio is longer than {maximumMin} minutes.' },
  'media-decode-failed': { status: 422, vi: 'Tệp hỏng, không giải mã được.', en: 'The file is damaged and cannot be decoded.' },
  'media-processing-stopped': {
    status: 422,
    vi: 'Xử lý tệp quá lâu nên đã dừng; hãy chuyển tệp sang MP3 rồi tải lại.',
    en: 'Processing took too long and was stopped; convert the file to MP3 and upload again.',
  },
  'media-processing-failed': {
    status: 422,
    vi: 'Máy chủ không xử lý được tệp này sau nhiều lần thử; báo kỹ thuật viên hoặc tải tệp khác.',
    en: 'The server could not process this file after several attempts; report it, or upload another.',
  },
  'media-refused': {
    status: 409,
    vi: 'Âm thanh của bản tin không dùng được: {reason} Hãy chọn tệp khác hoặc sửa văn bản.',
    en: 'The sound of the bulletin cannot be used: {reason} Choose another file or change the text.',
  },
  'upload-incomplete': {
    status: 400,
    vi: 'Tệp gửi lên bị đứt giữa chừng; hãy gửi lại.',
    en: 'The upload ended before the file did; send it again.',
  },
  'storage-full': {
    status: 507,
    vi: 'Ổ đĩa máy chủ đã đầy; báo kỹ thuật viên.',
    en: 'The disk of the server is full.',
  },
  'media-not-ready': { status: 409, vi: 'Âm thanh chưa xử lý xong.', en: 'The audio is not ready yet.' },
  'media-missing-file': { status: 422, vi: 'Chưa có tệp nào được gửi lên (trường "file").', en: 'No file was sent (field "file").' },
  'text-unspeakable': { status: 422, vi: 'Văn bản không có chữ nào đọc được.', en: 'The text has nothing to read aloud.' },
  'speech-engine-failed': {
    status: 503,
    vi: 'Bộ đọc văn bản không chạy được; báo kỹ thuật viên kiểm tra gói espeak-ng.',
    en: 'The speech engine failed; check that espeak-ng is installed.',
  },
  'author-cannot-approve': {
    status: 403,
    vi: 'Người tạo không được tự duyệt bản tin của mình.',
    en: 'The author cannot approve their own bulletin.',
  },
  'wrong-state': {
    status: 409,
    vi: 'Bản tin đang ở trạng thái "{state}" nên không làm được việc này.',
    en: 'The bulletin is "{state}", so this cannot be done.',
  },
  'not-approved': {
    status: 409,
    vi: 'Bản tin "{title}" chưa được duyệt nên không được phát.',
    en: 'Bulletin "{title}" is not approved and cannot go on air.',
  },
  'in-use': {
    status: 409,
    vi: 'Đang được lịch phát hoặc chương trình dùng; hãy gỡ khỏi đó trước.',
    en: 'In use by a schedule or a programme; remove it there first.',
  },
  // schedule and on air
  'invalid-rrule': { status: 422, vi: 'Quy tắc lặp không đúng RFC 5545: {reason}', en: 'Not a valid RFC 5545 rule: {reason}' },
  'unknown-time-zone': { status: 422, vi: 'Không có múi giờ "{zone}".', en: 'There is no time zone "{zone}".' },
  'unknown-target': { status: 422, vi: 'Không có nơi phát "{target}".', en: 'There is no target "{target}".' },
  'no-targets': { status: 422, vi: 'Chưa chọn nơi phát nào.', en: 'No targets were chosen.' },
  'needs-decision': {
    status: 409,
    vi: 'Lịch bị trùng hoặc trái quy định; xem lại rồi quyết định.',
    en: 'The schedule clashes or breaks a rule; decide first.',
  },
  'nothing-on-air': { status: 409, vi: 'Không có buổi phát nào đang diễn ra.', en: 'Nothing is on air.' },
  'monitor-unavailable': {
    status: 409,
    vi: 'Cụm loa đang mất kết nối nên chưa nghe được.',
    en: 'The cluster is offline and cannot be listened to.',
  },
  // devices
  'enrolment-code-invalid': {
    status: 403,
    vi: 'Mã ghép không đúng, đã dùng hoặc hết hạn; tạo mã mới trên bảng điều khiển.',
    en: 'The enrolment code is wrong, used or expired; make a new one in the console.',
  },
  'enrolment-pin-mismatch': {
    status: 403,
    vi: 'Máy chủ trả lời không phải máy chủ đã cấp mã ghép.',
    en: 'The server that answered is not the one that issued the code.',
  },
  'signing-request-invalid': { status: 422, vi: 'Yêu cầu chứng thư không đúng.', en: 'The certificate signing request is not valid.' },
  'device-not-accepted': { status: 403, vi: 'Thiết bị không được nhận hoặc đã bị thu hồi.', en: 'The device is unknown or revoked.' },
  'no-device': { status: 409, vi: 'Cụm loa này chưa có thiết bị nào được ghép.', en: 'No device is enrolled for this cluster.' },
  'range-not-satisfiable': { status: 416, vi: 'Khoảng yêu cầu nằm ngoài tệp.', en: 'The range is outside the file.' },
  // orders and plans (answered over MQTT)
  'message-not-signed': { status: 403, vi: 'Thông điệp không có chữ ký đúng.', en: 'The message has no valid signature.' },
  'message-not-addressed': {
    status: 403,
    vi: 'Thông điệp không gửi cho thiết bị này.',
    en: 'The message is not addressed to this device.',
  },
  'message-expired': { status: 403, vi: 'Thông điệp đã hết hạn.', en: 'The message has expired.' },
  'message-replayed': {
    status: 409,
    vi: 'Thông điệp đã dùng rồi hoặc cũ hơn bản đang có.',
    en: 'The message was used before, or is older than what is held.',
  },
  'message-kind-unknown': { status: 422, vi: 'Không biết loại thông điệp này.', en: 'This kind of message is unknown.' },
  'time-unknown': {
    status: 409,
    vi: 'Cụm chưa biết giờ chính xác nên không phát.',
    en: 'The cluster does not know the time, so it does not play.',
  },
  // starting
  'configuration-invalid': { status: 500, vi: 'Cấu hình sai.', en: 'The configuration is wrong.' },
  'port-busy': {
    status: 500,
    vi: 'Cổng {port} đang được chương trình khác dùng; đổi {variable} hoặc dừng chương trình kia.',
    en: 'Port {port} is in use; change {variable} or stop the other program.',
  },
  'address-unavailable': {
    status: 500,
    vi: 'Không mở được địa chỉ {host}, cổng {port} ({reason}); kiểm tra TL_HOST và {variable}.',
    en: 'Cannot listen on {host}, port {port} ({reason}); check TL_HOST and {variable}.',
  },
  'folder-not-writable': {
    status: 500,
    vi: 'Không ghi được vào thư mục {folder}; kiểm tra quyền hoặc đổi TL_DATA_DIR.',
    en: 'Cannot write to {folder}; check its permissions or change TL_DATA_DIR.',
  },
  'folder-in-use': {
    status: 500,
    vi: 'Thư mục {folder} đang được một bộ thu phát khác dùng; mỗi bộ cần một thư mục riêng.',
    en: 'Another agent is using {folder}; each needs a folder of its own.',
  },
  'not-enrolled': {
    status: 500,
    vi: 'Bộ thu phát chưa được ghép. Tạo mã ghép trên bảng điều khiển rồi gõ: npm run agent -- --server {server} --code XXXX-…',
    en: 'The agent is not enrolled. Make a code in the console, then type: npm run agent -- --server {server} --code XXXX-…',
  },
  'identity-damaged': {
    status: 500,
    vi: 'Không đọc được {file}; xóa tệp đó rồi ghép lại bộ thu phát bằng mã mới.',
    en: '{file} cannot be read; delete it and enrol the agent again with a new code.',
  },
  'database-newer': {
    status: 500,
    vi: 'Cơ sở dữ liệu thuộc phiên bản mới hơn chương trình này; hãy cài phiên bản mới.',
    en: 'The database is from a newer version; install that version.',
  },
  'database-damaged': {
    status: 500,
    vi: 'Tệp {file} không mở được như cơ sở dữ liệu; khôi phục từ bản sao lưu.',
    en: '{file} cannot be opened as a database; restore it from a backup.',
  },
  'key-file-damaged': {
    status: 500,
    vi: 'Tệp khóa {file} bị hỏng; khôi phục từ bản sao lưu (tạo khóa mới thì mọi cụm loa phải ghép lại).',
    en: 'The key file {file} is damaged; restore it from a backup (with new keys every device would have to be enrolled again).',
  },
  'station-file-invalid': {
    status: 500,
    vi: 'Tệp mô tả đài {file} không đọc được: {reason}',
    en: 'The station file {file} cannot be used: {reason}',
  },
  'program-missing': { status: 500, vi: 'Thiếu chương trình {program}. Gõ: {command}', en: '{program} is missing. Type: {command}' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export type Language = 'vi' | 'en';
export type ErrorParams = Readonly<Record<string, string | number>>;

/** One fault of an input, by its JSON path ("items.0.bulletinId"). */
export interface InputFault {
  path: string;
  message: string;
}

/** An error of the table. `message` is English, for logs; what a person reads comes from `describeError`. */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  readonly faults: readonly InputFault[];

  constructor(code: ErrorCode, options: { params?: ErrorParams; faults?: readonly InputFault[]; cause?: unknown } = {}) {
    super(describeError(code, 'en', options.params), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.params = options.params ?? {};
    this.faults = options.faults ?? [];
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** The sentence of a code in a language, with its parameters filled in. */
export function describeError(code: ErrorCode, language: Language, params: ErrorParams = {}): string {
  return ERRORS[code][language].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERRORS, value);
}
