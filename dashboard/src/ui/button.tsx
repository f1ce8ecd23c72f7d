// Buttons: one that does something, one that leads somewhere, one that copies.

import { Link, type LinkProps } from "@tanstack/react-router";
import { type ComponentProps, type ReactNode, useEffect, useState } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  Tooltip,
  TooltipTrigger,
} from "react-aria-components";
import { common } from "../texts/common.ts";
import { Icon, type IconName } from "./icon.tsx";

interface Look {
  readonly look?: "primary" | "danger" | "danger primary" | "quiet" | undefined;
  readonly size?: "small" | undefined;
  readonly icon?: IconName | undefined;
}

export type ButtonProps = Omit<AriaButtonProps, "className" | "children"> & Look & { readonly children?: ReactNode };

function classOf({ look = undefined, size = undefined }: Look, bare: boolean): string {
  return ["button", look, size, bare ? "icon" : undefined].filter(Boolean).join(" ");
}

/** With an icon alone it needs an `aria-label`, which is shown as a tooltip too. */
export function Button({ look, size, icon, children, ...props }: ButtonProps) {
  const bare = children === undefined;
  const button = (
    <AriaButton {...props} className={classOf({ look, size }, bare)}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </AriaButton>
  );
  if (!bare) return button;
  return (
    <TooltipTrigger delay={500}>
      {button}
      <Tooltip className="tooltip" offset={6}>
        {props["aria-label"]}
      </Tooltip>
    </TooltipTrigger>
  );
}

export function ButtonLink({
  look,
  size,
  icon,
  children,
  ...props
}: LinkProps & Look & Pick<ComponentProps<"a">, "onClick"> & { readonly children: ReactNode }) {
  return (
    <Link {...props} className={classOf({ look, size }, false)}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </Link>
  );
}

const copiedMs = 1_600;

interface CopyProps {
  readonly text: string;
  readonly label?: string;
  readonly onCopied?: (() => void) | undefined;
}

export function CopyButton({ text, label, onCopied }: CopyProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), copiedMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      onCopied?.();
    });
  return (
    <Button
      size="small"
      icon={copied ? "check" : "copy"}
      aria-label={label === undefined ? common.copy : `${common.copy}: ${label}`}
      onPress={copy}
    >
      {copied ? common.copied : common.copy}
    </Button>
  );
}

/** Text to be pasted elsewhere. */
interface CodeProps {
  readonly text: string;
  readonly label: string;
  /** What is shown in its place: the same without the secrets. */
  readonly shown?: string;
  readonly onCopied?: (() => void) | undefined;
}

export function Code({ text, label, shown = text, onCopied }: CodeProps) {
  return (
    <div className="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section aria-label={label} tabIndex={0}>
        <pre>
          <code>{shown}</code>
        </pre>
      </section>
      <CopyButton text={text} label={label} onCopied={onCopied} />
    </div>
  );
}
