import type { ReactNode } from 'react';

const paths = {
  archive: 'M4 4.5h16v4H4zM5.5 8.5v11h13v-11M10 12.5h4',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  bell: 'M6 8a6 6 0 0 1 12 0c0 7 3 8 3 8H3s3-1 3-8M10.3 20a2 2 0 0 0 3.4 0',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2.5 12.5L7 17l9-9.5M12 15.5l1.5 1.5l8-9.5',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17zM12 7.5V12l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  down: 'M6 9.5l6 6l6-6',
  more: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  offline: 'M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4-2.4M19 12a10 10 0 0 0-5.5-2.9M12 19h.01',
  pin: 'M9 3.5h6l-.8 6.5l3.3 3.5h-11L9.8 10zM12 13.5V21',
  sliders: 'M4 7.5h9M18 7.5h2M4 16.5h2M11 16.5h9M15.5 5v5M8.5 14v5',
  trash: 'M4.5 6.5h15M9 6.5v-3h6v3M6.5 6.5l1 14h9l1-14',
  unread: 'M12 8.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.2h.01',
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
