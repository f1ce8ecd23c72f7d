// A secret, shown once: with a copy button, lines to paste, and a question before it is closed without having been copied.

import { useState } from "react";
import { fill } from "../../texts/fill.ts";
import { newKey as t } from "../../texts/keys.ts";
import { Button, Code } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Notice } from "../../ui/state.tsx";
import type { MadeSecret } from "./key-purposes.ts";

interface MadeKeyProps {
  readonly title: string;
  readonly made: MadeSecret;
  readonly onClose: () => void;
}

export function MadeKey({ title, made, onClose }: MadeKeyProps) {
  const [copied, setCopied] = useState(false);
  const [asking, setAsking] = useState(false);
  const { secret, secretName, facts, paste, fileName } = made;
  const taken = () => setCopied(true);
  const close = () => (copied ? onClose() : setAsking(true));
  const save = () => {
    saveFile(fileName ?? "", secret);
    taken();
  };
  return (
    <Dialog title={title} isOpen wide onClose={close}>
      <div className="stack" onCopy={() => String(getSelection()).includes(secret) && taken()}>
        <Notice>{t.once}</Notice>
        {facts.map(([name, value]) => (
          <Labelled key={name} name={name} text={value} />
        ))}
        {fileName === undefined ? (
          <Labelled name={secretName} text={secret} onCopied={taken} />
        ) : (
          <div>
            <Button look="primary" icon="down" onPress={save}>
              {fill(t.download, { file: fileName })}
            </Button>
          </div>
        )}
        {paste === "" ? null : (
          <section className="stack tight" aria-label={t.paste}>
            <h3>{t.paste}</h3>
            <Code
              text={paste}
              shown={paste.replaceAll(secret, "•".repeat(12))}
              label={t.paste}
              onCopied={paste.includes(secret) ? taken : undefined}
            />
            {paste.includes(secret) ? <p className="dim small">{t.pasteAbout}</p> : null}
          </section>
        )}
      </div>
      {asking && !copied ? (
        <Notice tone="warn">
          <div className="stack tight">
            <span>{t.notCopied}</span>
            <div className="row wrap">
              <Button size="small" autoFocus onPress={() => setAsking(false)}>
                {t.keepOpen}
              </Button>
              <Button size="small" look="danger" onPress={onClose}>
                {t.closeAnyway}
              </Button>
            </div>
          </div>
        </Notice>
      ) : (
        <div className="dialog-actions">
          <Button look={copied ? "primary" : undefined} onPress={close}>
            {t.done}
          </Button>
        </div>
      )}
    </Dialog>
  );
}

interface LabelledProps {
  readonly name: string;
  readonly text: string;
  readonly onCopied?: () => void;
}

function Labelled({ name, text, onCopied }: LabelledProps) {
  return (
    <section className="stack tight key-secret" aria-label={name}>
      <h3>{name}</h3>
      <Code text={text} label={name} onCopied={onCopied} />
    </section>
  );
}

function saveFile(name: string, content: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
