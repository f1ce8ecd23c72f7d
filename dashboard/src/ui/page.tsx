// The frame of each page: its title (also the tab's), what it is for, what can be done.

import { type ReactNode, useEffect } from "react";

interface PageProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, about, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Trunkline`;
  }, [title]);
  return (
    <div>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {about === undefined ? null : <p>{about}</p>}
        </div>
        {actions === undefined ? null : <div className="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  readonly title?: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Card({ title, about, actions, flush = false, children }: CardProps) {
  return (
    <section className={flush ? "card flush" : "card"} {...(title === undefined ? {} : { "aria-label": title })}>
      {title === undefined && actions === undefined ? null : (
        <header>
          <div>
            {title === undefined ? null : <h2>{title}</h2>}
            {about === undefined ? null : <p>{about}</p>}
          </div>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}
