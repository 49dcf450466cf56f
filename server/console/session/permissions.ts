import type { Role } from '@tieng-lang/shared/contract/http/identity';

/** What a person may do here; the server decides, the console only hides what would be refused. */
export type Permission = 'write' | 'approve' | 'schedule' | 'play' | 'stop' | 'listen' | 'maintain' | 'administer';

const MAY: Readonly<Record<Role, readonly Permission[]>> = {
  admin: ['write', 'approve', 'schedule', 'play', 'stop', 'listen', 'maintain', 'administer'],
  editor: ['write', 'schedule', 'listen'],
  approver: ['approve', 'stop', 'listen'],
  broadcaster: ['write', 'schedule', 'play', 'stop', 'listen'],
  'village-head': ['write', 'play', 'stop', 'listen'],
  technician: ['stop', 'listen', 'maintain'],
  viewer: [],
  upstream: [],
};

export const may = (role: Role, permission: Permission): boolean => MAY[role].includes(permission);
