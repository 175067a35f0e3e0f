import type { ReactNode } from 'react';

const paths = {
  archive: 'M4 5h16v4H4zM6 9v11h12V9M10 13h4',
  back: 'M14 6l-6 6l6 6',
  bell: 'M6 9a6 6 0 0 1 12 0c0 6 3 8 3 8H3s3-2 3-8M10 20a2 2 0 0 0 4 0',
  check: 'M5 12l5 5l9-10',
  checks: 'M2 12l5 5l9-10M12 16l1 1l9-10',
  clock: 'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM12 8v4l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  down: 'M6 10l6 6l6-6',
  more: 'M12 6v.01M12 12v.01M12 18v.01',
  pin: 'M9 4h6l-1 6l3 4H7l3-4zM12 14v7',
  sliders: 'M4 8h9M19 8h1M4 16h1M11 16h9M16 5v6M8 13v6',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
  unread: 'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.01',
} as const;

/** The widget's own drawings. */
export type IconName = keyof typeof paths;

/** One of them, in the colour of the text around it. Decoration: the words stand beside it. */
export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg className="td-icon" data-icon={name} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
