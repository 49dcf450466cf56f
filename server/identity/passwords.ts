import { hash, verify } from '@node-rs/argon2';
import { CodedError } from '@tieng-lang/shared/errors';

/** argon2id (the library's default) at OWASP's 2025 minimum: 19 MiB, two passes, some 20 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each takes 19 MiB and a core; the other core stays free for the broadcasts. */
const AT_ONCE = 2;
/** Half a second of waiting at most; beyond that somebody is flooding the sign-in. */
const WAITING_MAX = 50;

/** Of a password that nobody has, made with the cost above: an unknown name must take as long as a known one. */
const NOBODYS = '$argon2id$v=19$m=19456,t=2,p=1$j9FnaJOrTmAYqRSkIzAB0w$i/al50aUS61Dzn2UTwhgmAxM2kGQeA+w/e+BDSGfAfk';

/** Hashes and checks passwords, a few at a time. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @throws CodedError `too-many-requests` */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(normal(password), COST));
  }

  /**
   * Against nobody's, where there is no hash: false, in the same time. `watch` is asked and told within its turn, so that
   * guesses sent all at once are counted one by one; what `admit` throws ends the check.
   * @throws CodedError `too-many-requests`
   */
  check(stored: string | undefined, password: string, watch: { admit(): void; judged(right: boolean): void }): Promise<boolean> {
    return this.#inTurn(async () => {
      watch.admit();
      const right = (await verify(stored ?? NOBODYS, normal(password))) && stored !== undefined;
      watch.judged(right);
      return right;
    });
  }

  async #inTurn<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_MAX) throw new CodedError('too-many-requests', { params: { seconds: 1 } });
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await run();
    } finally {
      // The turn is handed on, not given up, so that a newcomer cannot slip in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

/** One password, however the keyboard composes its accents (RFC 8265 §4.2). */
function normal(password: string): string {
  return password.normalize('NFC');
}
