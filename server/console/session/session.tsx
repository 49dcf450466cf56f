import { useQuery, useQueryClient } from '@tanstack/react-query';
import { sessionAnswer, type User } from '@tieng-lang/shared/contract/http/identity';
import { createContext, type ReactNode, useContext } from 'react';
import { isUnauthenticated } from '../api/api-error.ts';
import { keys } from '../api/keys.ts';
import { useServices } from '../app/services.ts';
import { may, type Permission } from './permissions.ts';

/** Who is signed in: undefined while it is being asked, null when nobody is. */
export function useSignedIn() {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.session,
    queryFn: async ({ signal }) => {
      try {
        const answer = await api.get('/session', sessionAnswer, { signal });
        api.csrfToken = answer.csrfToken;
        return answer.user;
      } catch (error) {
        if (isUnauthenticated(error)) return null;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useSigning() {
  const { api, live } = useServices();
  const cache = useQueryClient();
  return {
    signIn: async (username: string, password: string) => {
      const answer = await api.send('POST', '/session', { username, password }, sessionAnswer);
      api.csrfToken = answer.csrfToken;
      cache.setQueryData(keys.session, answer.user);
    },
    signOut: async () => {
      await api.tell('DELETE', '/session');
      live.stop();
      api.csrfToken = undefined;
      cache.clear();
      cache.setQueryData(keys.session, null);
    },
  };
}

const UserContext = createContext<User | undefined>(undefined);

export function UserProvider({ user, children }: { user: User; children: ReactNode }) {
  return <UserContext value={user}>{children}</UserContext>;
}

/** The person who is signed in, for the pages behind the sign-in. */
export function useUser(): User & { may: (permission: Permission) => boolean } {
  const user = useContext(UserContext);
  if (!user) throw new Error('the page stands before the sign-in');
  return { ...user, may: (permission) => may(user.role, permission) };
}
