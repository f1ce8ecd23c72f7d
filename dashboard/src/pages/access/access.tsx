// Access: the people who may sign in, and the keys that programs hold.

import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { access as t } from "../../texts/access.ts";
import { Page } from "../../ui/page.tsx";
import { Keys } from "./keys.tsx";
import { Users } from "./users.tsx";

export function Access() {
  return (
    <Page title={t.title} about={t.about}>
      <Tabs>
        <TabList aria-label={t.tabsLabel} className="tab-list">
          {Object.entries(t.tabs).map(([id, name]) => (
            <Tab key={id} id={id} className="tab">
              {name}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="users" className="tab-panel">
          <Users />
        </TabPanel>
        <TabPanel id="keys" className="tab-panel">
          <Keys />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
