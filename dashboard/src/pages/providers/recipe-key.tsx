// A key for a platform that calls the gateway: made with one button, and shown once, with the form in which it is pasted.

import { useMutation } from "@tanstack/react-query";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { recipeKeys as t } from "../../texts/recipes.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/page.tsx";
import { sayFailure } from "../../ui/toast.tsx";
import { draftFor, type MadeSecret, makeKey } from "../access/key-purposes.ts";
import { MadeKey } from "../access/made-key.tsx";

interface RecipeKeyProps {
  readonly platform: string;
  /** What the key is pasted as: `{key}` stands for it. */
  readonly form: string;
}

interface Making {
  readonly isPending: boolean;
  readonly start: (recipe: RecipeKeyProps) => void;
  readonly made: MadeSecret | undefined;
  readonly forget: () => void;
}

/** For the page, which stays while its tabs come and go: a key that arrives after its tab was left is shown all the same. */
export function useRecipeKey(): Making {
  const sid = useAccount();
  const make = useMutation({
    mutationFn: async ({ platform, form }: RecipeKeyProps) => {
      const made = await makeKey("tool", sid, { ...draftFor("tool"), name: platform, role: "sender" });
      const paste = fill(form, { key: made.secret });
      return { ...made, paste: paste === made.secret ? "" : paste };
    },
    // Nothing that outlives this page holds the key.
    gcTime: 0,
    onError: sayFailure,
  });
  return { isPending: make.isPending, start: make.mutate, made: make.data, forget: make.reset };
}

export function MadeRecipeKey({ made, forget }: Making) {
  if (made === undefined) return null;
  return <MadeKey title={fill(t.title, { platform: made.name })} made={made} onClose={forget} />;
}

export function RecipeKey({ platform, form, making }: RecipeKeyProps & { readonly making: Making }) {
  const mayOwn = useMay("own");
  const title = fill(t.title, { platform });
  if (!mayOwn) {
    return (
      <Card title={title} about={t.about}>
        <p className="dim">{t.mayNot}</p>
      </Card>
    );
  }
  const button = (
    <Button icon="key" isPending={making.isPending} onPress={() => making.start({ platform, form })}>
      {t.make}
    </Button>
  );
  return (
    <Card title={title} about={t.about} actions={button}>
      {null}
    </Card>
  );
}
