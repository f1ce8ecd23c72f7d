// A key for a platform that calls the gateway: made with one button, shown once, in the form in which it is pasted.

import { useMutation } from "@tanstack/react-query";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { recipeKeys as t } from "../../texts/recipes.ts";
import { Button, Code } from "../../ui/button.tsx";
import { Card } from "../../ui/page.tsx";
import { Notice } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";

interface RecipeKeyProps {
  readonly platform: string;
  /** What the key is pasted as: `{key}` stands for it. */
  readonly form: string;
}

export function RecipeKey({ platform, form }: RecipeKeyProps) {
  const sid = useAccount();
  const mayOwn = useMay("own");
  const make = useMutation({
    mutationFn: () => {
      const body = { name: platform, role: "sender", expiresAt: null } as const;
      return call(api.POST("/trunkline/v1/accounts/{sid}/access-keys", { params: { path: { sid } }, body }));
    },
    // Nothing that outlives this page holds the key.
    gcTime: 0,
    onError: sayFailure,
  });
  const title = fill(t.title, { platform });
  if (!mayOwn) {
    return (
      <Card title={title} about={t.about}>
        <p className="dim">{t.mayNot}</p>
      </Card>
    );
  }
  const button = (
    <Button icon="key" isPending={make.isPending} isDisabled={make.isSuccess} onPress={() => make.mutate()}>
      {t.make}
    </Button>
  );
  return (
    <Card title={title} about={t.about} actions={button}>
      {make.data === undefined ? null : (
        <div className="stack tight">
          <Notice tone="warn">{t.keep}</Notice>
          <Code text={fill(form, { key: make.data.key })} label={title} />
        </div>
      )}
    </Card>
  );
}
