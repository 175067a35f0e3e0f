/**
 * What the pages of `docs` use of frameworks that are not installed here, as a declaration file: their documented signatures,
 * no more of them than is used.
 */
export const FRAMEWORK_TYPES = `
declare function defineProps<Props>(): Readonly<Props>;
declare function $props<Props>(): Props;

declare module 'vue' {
  export interface ShallowRef<Value> { value: Value }
  export function shallowRef<Value>(value: Value): ShallowRef<Value>;
  export function onScopeDispose(dispose: () => void): void;
}
declare module '@vitejs/plugin-vue' {
  interface Options { template?: { compilerOptions?: { isCustomElement?: (tag: string) => boolean } } }
  export default function vue(options?: Options): import('vite').Plugin;
}
declare module 'svelte' {
  export function onMount(run: () => void | (() => void)): void;
}
declare module 'svelte/reactivity' {
  export function createSubscriber(start: (update: () => void) => void | (() => void)): () => void;
}
declare module 'next/navigation' {
  export function useRouter(): { push(href: string): void };
}
declare module 'next/headers' {
  export function headers(): Promise<Headers>;
}
declare module 'react-router' {
  export function useNavigate(): (to: string) => void | Promise<void>;
}
declare module 'react-native-url-polyfill/auto';
declare module '@novu/react' {
  import type { ReactElement } from 'react';
  export function Inbox(props: {
    applicationIdentifier: string;
    subscriber: string;
    subscriberHash?: string;
    routerPush?: (path: string) => void;
  }): ReactElement;
}
declare module '@knocklabs/react';
declare module '@trycourier/courier-react';
declare module 'react-native' {
  import type { ComponentType, ReactElement, ReactNode } from 'react';
  type AppStateStatus = 'active' | 'background' | 'inactive' | 'unknown' | 'extension';
  export const AppState: {
    currentState: AppStateStatus;
    addEventListener(type: 'change', listener: (state: AppStateStatus) => void): { remove(): void };
  };
  export const Linking: { openURL(url: string): Promise<unknown> };
  export const View: ComponentType<{ children?: ReactNode }>;
  export const Text: ComponentType<{ accessibilityRole?: 'header'; children?: ReactNode }>;
  export const Pressable: ComponentType<{ accessibilityRole?: 'button'; onPress?: () => void; children?: ReactNode }>;
  export function FlatList<Item>(props: {
    data: ArrayLike<Item>;
    keyExtractor?: (item: Item) => string;
    renderItem: (row: { item: Item; index: number }) => ReactElement | null;
    refreshing?: boolean;
    onRefresh?: () => void;
    onEndReached?: () => void;
  }): ReactElement;
}
`;
