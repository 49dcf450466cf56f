import type { Role } from '@tieng-lang/shared/contract/http/identity';

/** What a person may do here; the server decides, the console only hides what would be refused. */
export type Permission = 'write' | 'approve' | 'schedule' | 'play' | 'stop' | 'adjust' | 'maintain' | 'administer';

const MAY: Readonly<Record<Role, readonly Permission[]>> = {
  admin: ['write', 'approve', 'schedule', 'play', 'stop', 'adjust', 'maintain', 'administer'],
  editor: ['write', 'schedule', 'play', 'stop'],
  approver: ['approve', 'stop'],
  broadcaster: ['write', 'schedule', 'play', 'stop', 'adjust'],
  'village-head': [],
  technician: ['adjust', 'maintain'],
  viewer: [],
  upstream: [],
};

export const may = (role: Role, permission: Permission): boolean => MAY[role].includes(permission);
