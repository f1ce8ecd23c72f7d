// Set-up recipes: each platform's own words, with this gateway's addresses filled in, ready to paste.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { api, call } from "../../api/client.ts";
import { useAccount } from "../../api/use-session.ts";
import { provider, recipes as t } from "../../texts/providers.ts";
import { ButtonLink, Code } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Card, Page } from "../../ui/page.tsx";
import { QueryView } from "../../ui/state.tsx";
import { useNumbers } from "../sandbox/handset.tsx";
import { RecipeHooks } from "./recipe-hooks.tsx";
import { RecipeKey } from "./recipe-key.tsx";
import { platformRecipes, type Recipe, type RecipeValues } from "./recipe-texts.ts";

export function Recipes() {
  const sid = useAccount();
  const [origin, setOrigin] = useState(location.origin);
  const numbers = useNumbers().data ?? [];
  const query = useQuery({
    queryKey: ["account", sid],
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}", { params: { path: { sid } } })),
    enabled: sid !== "",
  });
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <ButtonLink to="/providers" look="quiet" icon="left">
          {provider.back}
        </ButtonLink>
      }
    >
      <QueryView query={query}>
        {({ environmentId, resourceOwner }) => {
          const from = numbers[0] ?? "+12025550100";
          const values = { origin: origin.replace(/\/+$/, ""), accountSid: sid, environmentId, resourceOwner, from };
          return (
            <div className="stack">
              <Card>
                <TextField label={t.note} hint={t.noteHint} value={origin} onChange={setOrigin} type="url" />
              </Card>
              <Tabs>
                <TabList aria-label={t.platforms} className="tab-list">
                  {platformRecipes.map(({ name }) => (
                    <Tab key={name} id={name} className="tab">
                      {name}
                    </Tab>
                  ))}
                </TabList>
                {platformRecipes.map((recipe) => (
                  <TabPanel key={recipe.name} id={recipe.name} className="tab-panel">
                    <RecipeSteps recipe={recipe} values={values} />
                  </TabPanel>
                ))}
              </Tabs>
            </div>
          );
        }}
      </QueryView>
    </Page>
  );
}

function RecipeSteps({ recipe, values }: { readonly recipe: Recipe; readonly values: RecipeValues }) {
  return (
    <div className="stack">
      <p className="dim">{recipe.about}</p>
      {recipe.needs === "zitadel-hook" ? <RecipeHooks origin={values.origin} /> : null}
      {typeof recipe.needs === "object" ? <RecipeKey platform={recipe.name} form={recipe.needs.keyForm} /> : null}
      {recipe.steps(values).map(({ title, about, code }) => (
        <section key={title} className="stack tight" aria-label={title}>
          <h3>{title}</h3>
          {about === undefined ? null : <p className="dim small">{about}</p>}
          <Code text={code} label={title} />
        </section>
      ))}
    </div>
  );
}
