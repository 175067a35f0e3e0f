/** The name by which styles know it, and its lines in a square of 24. */
export type Drawing = readonly [name: string, path: string];

export const bell: Drawing = ['bell', 'M6 9a6 6 0 0 1 12 0c0 6 3 8 3 8H3s3-2 3-8M10 20a2 2 0 0 0 4 0'];
export const close: Drawing = ['close', 'M6 6l12 12M18 6L6 18'];
export const warning: Drawing = ['warning', 'M12 4l9 16H3zM12 10v4M12 17v.01'];
