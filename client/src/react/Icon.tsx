import type { ReactNode } from 'react';
import type { Drawing } from './icons.ts';

/** A drawing of the widget's own, in the colour of the text around it. Decoration: the words stand beside it. */
export function Icon({ of: [name, path] }: { readonly of: Drawing }): ReactNode {
  return (
    <svg className="td-icon" data-icon={name} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}
