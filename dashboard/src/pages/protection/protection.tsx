// Protection: what was decided and why, what is watched, where messages may go.

import { useNavigate, useSearch } from "@tanstack/react-router";
import { type Key, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { protection as t } from "../../texts/protection.ts";
import { Page } from "../../ui/page.tsx";
import { Countries } from "./countries.tsx";
import { Decisions } from "./decisions.tsx";
import { Explain } from "./explain.tsx";
import { SafeList } from "./safe-list.tsx";
import { readProtectionSearch } from "./search.ts";
import { ProtectionSettings } from "./settings.tsx";

const panels = {
  decisions: Decisions,
  settings: ProtectionSettings,
  countries: Countries,
  safeList: SafeList,
  explain: Explain,
} as const;

export function Protection() {
  const search = useSearch({ from: "/protection" });
  const navigate = useNavigate();
  const show = (tab: Key) => void navigate({ to: "/protection", search: readProtectionSearch({ tab }), replace: true });
  return (
    <Page title={t.title} about={t.about}>
      <Tabs selectedKey={search.tab ?? "decisions"} onSelectionChange={show}>
        <TabList aria-label={t.tabsLabel} className="tab-list">
          {Object.entries(t.tabs).map(([id, name]) => (
            <Tab key={id} id={id} className="tab">
              {name}
            </Tab>
          ))}
        </TabList>
        {Object.entries(panels).map(([id, Panel]) => (
          <TabPanel key={id} id={id} className="tab-panel">
            <Panel />
          </TabPanel>
        ))}
      </Tabs>
    </Page>
  );
}
