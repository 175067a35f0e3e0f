/** The drawings of what is behind the bell. */
import type { Drawing } from './icons.ts';

export * from './icons.ts';
export const archive: Drawing = ['archive', 'M4 5h16v4H4zM6 9v11h12V9M10 13h4'];
export const back: Drawing = ['back', 'M14 6l-6 6l6 6'];
export const check: Drawing = ['check', 'M5 12l5 5l9-10'];
export const checks: Drawing = ['checks', 'M2 12l5 5l9-10M12 16l1 1l9-10'];
export const clock: Drawing = ['clock', 'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM12 8v4l3 2'];
export const down: Drawing = ['down', 'M6 10l6 6l6-6'];
export const more: Drawing = ['more', 'M12 6v.01M12 12v.01M12 18v.01'];
export const pin: Drawing = ['pin', 'M9 4h6l-1 6l3 4H7l3-4zM12 14v7'];
export const sliders: Drawing = ['sliders', 'M4 8h9M19 8h1M4 16h1M11 16h9M16 5v6M8 13v6'];
export const trash: Drawing = ['trash', 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13'];
export const unread: Drawing = ['unread', 'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z'];
