// Dialogs: one with a form or a text, and one that asks before something is done that cannot be undone.

import { type ReactNode, useState } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { common } from "../texts/common.ts";
import { Button } from "./button.tsx";
import { Refusal } from "./refusal.tsx";
import { Notice } from "./state.tsx";

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, wide = false, children }: DialogProps) {
  return (
    <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable>
      <Modal className={wide ? "dialog-box wide" : "dialog-box"}>
        <AriaDialog className="dialog">
          <div className="row">
            <Heading slot="title" level={2} className="grow">
              {title}
            </Heading>
            <Button look="quiet" size="small" icon="close" aria-label={common.close} onPress={onClose} />
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface DialogFootProps {
  /** What went wrong; null: nothing did. */
  readonly problem: ReactNode;
  /** The buttons. */
  readonly children: ReactNode;
}

export function DialogFoot({ problem, children }: DialogFootProps) {
  return (
    <div className="dialog-foot">
      {problem === null ? null : <Notice tone="bad">{problem}</Notice>}
      <div className="dialog-actions">{children}</div>
    </div>
  );
}

interface ConfirmProps extends Omit<DialogProps, "wide"> {
  readonly action: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<unknown>;
}

/** Stays open, and says why, when what was asked for fails. */
export function Confirm({ action, danger = false, onConfirm, onClose, children, ...props }: ConfirmProps) {
  const [problem, setProblem] = useState<ReactNode>(null);
  const [busy, setBusy] = useState(false);
  const close = () => {
    setProblem(null);
    onClose();
  };
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      close();
    } catch (thrown) {
      setProblem(<Refusal error={thrown} />);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog {...props} onClose={close}>
      <div className="stack tight">{children}</div>
      <DialogFoot problem={problem}>
        <Button onPress={close}>{common.cancel}</Button>
        <Button look={danger ? "danger primary" : "primary"} isPending={busy} onPress={() => void confirm()}>
          {action}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
