import type { ReactNode } from 'react';

const paths = {
  bell: 'M6 8a6 6 0 0 1 12 0c0 7 3 8 3 8H3s3-1 3-8M10.3 20a2 2 0 0 0 3.4 0',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  unread: 'M12 8.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z',
  archive: 'M4 4.5h16v4H4zM5.5 8.5v11h13v-11M10 12.5h4',
  close: 'M6 6l12 12M18 6L6 18',
  offline: 'M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4-2.4M19 12a10 10 0 0 0-5.5-2.9M12 19h.01',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.2h.01',
} as const;

/** One of the widget's own drawings, in the colour of the text around it. Decoration: the words stand beside it. */
export function Icon({ name }: { readonly name: keyof typeof paths }): ReactNode {
  return (
    <svg className="td-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
