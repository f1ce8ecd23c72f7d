// Set-up recipes: each platform's own words, with this gateway's addresses filled in, ready to paste.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { api, call } from "../../api/client.ts";
import { useAccount } from "../../api/use-session.ts";
import { provider, recipes as t } from "../../texts/providers.ts";
import { ButtonLink, Code } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Card, Page } from "../../ui/page.tsx";
import { QueryView } from "../../ui/state.tsx";
import { useNumbers } from "../sandbox/handset.tsx";
import { RecipeHooks, useHooks } from "./recipe-hooks.tsx";
import { MadeRecipeKey, RecipeKey, useRecipeKey } from "./recipe-key.tsx";
import { platformRecipes, type Recipe, type RecipeValues } from "./recipe-texts.ts";

export function Recipes() {
  const sid = useAccount();
  const [origin, setOrigin] = useState(location.origin);
  const numbers = useNumbers().data ?? [];
  const hook = useHooks().data?.hooks.findLast(({ platform }) => platform === "zitadel");
  const hookPath = hook === undefined ? null : new URL(hook.url).pathname;
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
          const values = {
            origin: origin.replace(/\/+$/, ""),
            accountSid: sid,
            environmentId,
            resourceOwner,
            from,
            hookPath,
          };
          return (
            <div className="stack">
              <Card>
                <TextField label={t.note} hint={t.noteHint} value={origin} onChange={setOrigin} type="url" />
              </Card>
              {/* What one account was given must not stay when another one is chosen. */}
              <Platforms key={sid} values={values} />
            </div>
          );
        }}
      </QueryView>
    </Page>
  );
}

function Platforms({ values }: { readonly values: RecipeValues }) {
  const making = useRecipeKey();
  const needOf = ({ name, needs }: Recipe): ReactNode => {
    if (needs === "zitadel-hook") return <RecipeHooks origin={values.origin} />;
    return needs === undefined ? null : <RecipeKey platform={name} form={needs.keyForm} making={making} />;
  };
  return (
    <>
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
            <RecipeSteps recipe={recipe} values={values} need={needOf(recipe)} />
          </TabPanel>
        ))}
      </Tabs>
      <MadeRecipeKey {...making} />
    </>
  );
}

interface RecipeStepsProps {
  readonly recipe: Recipe;
  readonly values: RecipeValues;
  /** What is made here first. */
  readonly need: ReactNode;
}

function RecipeSteps({ recipe, values, need }: RecipeStepsProps) {
  return (
    <div className="stack">
      <p className="dim">{recipe.about}</p>
      {need}
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
