/** Something that is to be done once, a while from now. */
export interface Later {
  /** Has it done when so many milliseconds have passed, unless it is to be done already. */
  readonly in: (ms: number) => void;
  /** It is not to be done any more. False: it was not to be done. */
  readonly cancel: () => boolean;
  readonly isSet: () => boolean;
}

/** Does `what`, when it is asked to. */
export function later(what: () => void): Later {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = (): boolean => {
    const was = timer !== undefined;
    clearTimeout(timer);
    timer = undefined;
    return was;
  };
  return {
    in(ms) {
      timer ??= setTimeout(() => {
        timer = undefined;
        what();
      }, ms);
    },
    cancel,
    isSet: () => timer !== undefined,
  };
}
