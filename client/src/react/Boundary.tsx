import { Component, type ReactNode } from 'react';
import { useSession } from './session.tsx';

interface GuardProps {
  readonly report: (error: unknown) => void;
  readonly children: ReactNode;
}

class Guard extends Component<GuardProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    this.props.report(error);
  }

  override render(): ReactNode {
    return this.state.failed ? null : this.props.children;
  }
}

/** Keeps a fault of the widget, or of a slot, inside of it: the host's page stays, this part is empty, `onError` is told. */
export function Boundary({ children }: { readonly children: ReactNode }): ReactNode {
  return <Guard report={useSession().report}>{children}</Guard>;
}
