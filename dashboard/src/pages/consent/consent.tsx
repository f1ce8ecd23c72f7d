// Consent: who may be written to. The book, where contacts are, its history, and files in and out.

import { useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useMay } from "../../api/use-session.ts";
import { consent as t } from "../../texts/consent.ts";
import { Button } from "../../ui/button.tsx";
import { Page } from "../../ui/page.tsx";
import { ConsentBook } from "./consent-book.tsx";
import { ConsentHistory } from "./consent-history.tsx";
import { ContactBook } from "./contact-book.tsx";
import { RecordWord } from "./record-word.tsx";
import { Transfer } from "./transfer.tsx";

export function Consent() {
  const [recording, setRecording] = useState(false);
  const mayOperate = useMay("operate");
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        mayOperate ? (
          <Button look="primary" icon="plus" onPress={() => setRecording(true)}>
            {t.record}
          </Button>
        ) : undefined
      }
    >
      <Tabs>
        <TabList aria-label={t.tabsLabel} className="tab-list">
          {Object.entries(t.tabs).map(([id, name]) => (
            <Tab key={id} id={id} className="tab">
              {name}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="book" className="tab-panel">
          <ConsentBook />
        </TabPanel>
        <TabPanel id="contacts" className="tab-panel">
          <ContactBook />
        </TabPanel>
        <TabPanel id="history" className="tab-panel">
          <ConsentHistory />
        </TabPanel>
        <TabPanel id="transfer" className="tab-panel">
          <Transfer />
        </TabPanel>
      </Tabs>
      {recording ? <RecordWord onClose={() => setRecording(false)} /> : null}
    </Page>
  );
}
