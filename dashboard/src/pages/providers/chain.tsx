// The fallback chain as a list whose order is changed by dragging, by keyboard, or from each entry's menu.

import { Link, useNavigate } from "@tanstack/react-router";
import {
  Button as AriaButton,
  GridList,
  GridListItem,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  useDragAndDrop,
} from "react-aria-components";
import type { Provider } from "../../api/generated/api.d.ts";
import { useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { providers as t } from "../../texts/providers.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { moveBeside, moveBy } from "./chain-order.ts";
import { HealthBadge, senderOf } from "./health.tsx";
import { DispatchNote } from "./trouble.tsx";
import { useSetChain } from "./use-chain.ts";

export function Chain({ providers }: { readonly providers: readonly Provider[] }) {
  const setChain = useSetChain();
  const mayOperate = useMay("operate");
  const ids = providers.map(({ id }) => id);
  const change = (after: readonly string[]) => setChain.mutate({ before: ids, after });
  const navigate = useNavigate();
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ "text/plain": providers.find(({ id }) => id === key)?.name ?? "" })),
    onReorder: ({ keys, target }) => {
      const moved = new Set([...keys].map(String));
      change(moveBeside(ids, moved, String(target.key), target.dropPosition === "before" ? "before" : "after"));
    },
  });
  return (
    <GridList
      // The hooks of a list must not come and go: whoever may not reorder has another list.
      key={mayOperate ? "ordered" : "shown"}
      aria-label={t.chain}
      className="provider-list"
      items={providers}
      {...(mayOperate ? { dragAndDropHooks } : {})}
      onAction={(id) => void navigate({ to: "/providers/$id", params: { id: String(id) } })}
    >
      {(provider) => (
        <GridListItem id={provider.id} textValue={provider.name} className="provider-item">
          {mayOperate ? (
            <AriaButton slot="drag" className="drag-handle" aria-label={fill(t.drag, { name: provider.name })}>
              <Icon name="grip" />
            </AriaButton>
          ) : null}
          <span className={provider.chainPosition === 0 ? "place active" : "place"}>
            {(provider.chainPosition ?? 0) + 1}
          </span>
          <ProviderWords provider={provider} />
          <HealthBadge provider={provider} />
          {mayOperate ? <ItemMenu provider={provider} ids={ids} onChange={change} /> : null}
        </GridListItem>
      )}
    </GridList>
  );
}

export function ProviderWords({ provider }: { readonly provider: Provider }) {
  const kind = `${t.kinds[provider.kind]}${provider.builtIn ? `, ${t.builtIn}` : ""}`;
  return (
    <span className="provider-words">
      <span className="row">
        <Link to="/providers/$id" params={{ id: provider.id }} className="provider-name clip">
          {provider.name}
        </Link>
        {provider.chainPosition === 0 ? <span className="badge info plain">{t.first}</span> : null}
      </span>
      <span className="dim small clip">
        {kind} · {senderOf(provider)}
      </span>
      <DispatchNote id={provider.id} />
    </span>
  );
}

interface ItemMenuProps {
  readonly provider: Provider;
  readonly ids: readonly string[];
  readonly onChange: (ids: readonly string[]) => void;
}

function ItemMenu({ provider: { id, name }, ids, onChange }: ItemMenuProps) {
  const navigate = useNavigate();
  const at = ids.indexOf(id);
  const actions = {
    open: () => void navigate({ to: "/providers/$id", params: { id } }),
    activate: () => onChange([id, ...ids.filter((other) => other !== id)]),
    up: () => onChange(moveBy(ids, id, -1)),
    down: () => onChange(moveBy(ids, id, 1)),
    takeOut: () => onChange(ids.filter((other) => other !== id)),
  };
  const disabled = [...(at === 0 ? ["up", "activate"] : []), ...(at === ids.length - 1 ? ["down"] : [])];
  return (
    <MenuTrigger>
      <Button look="quiet" icon="more" aria-label={fill(t.actions, { name })} />
      <Popover className="popover" placement="bottom end">
        <Menu className="options" disabledKeys={disabled} onAction={(key) => actions[key as keyof typeof actions]()}>
          {(Object.keys(actions) as (keyof typeof actions)[]).map((key) => (
            <MenuItem key={key} id={key} className={key === "takeOut" ? "option danger" : "option"}>
              {t[key]}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
