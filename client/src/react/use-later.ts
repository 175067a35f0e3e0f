import { useEffect, useState } from 'react';

/** Loads code once it is `wanted`; null until it is there, and if it cannot be had: then it must do without. */
export function useLater<Code>(wanted: boolean, load: () => Promise<Code>): Code | null {
  const [code, setCode] = useState<Code | null>(null);
  useEffect(() => {
    if (wanted) load().then(setCode, () => {});
    // What is loaded never changes.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [wanted]);
  return code;
}
