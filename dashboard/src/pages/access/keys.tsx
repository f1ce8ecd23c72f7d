// The keys that programs hold: the account's auth tokens, and all keys of every kind in one list. For owners.

import { useAccount, useMay, useWhoAmI } from "../../api/use-session.ts";
import { keys as t } from "../../texts/keys.ts";
import { Empty, SkeletonLines } from "../../ui/state.tsx";
import { AuthTokenCard } from "./auth-token-card.tsx";
import { KeyList } from "./key-list.tsx";

export function Keys() {
  const sid = useAccount();
  const isOwner = useMay("own");
  const known = useWhoAmI().isSuccess;
  if (!known || sid === "") return <SkeletonLines lines={6} />;
  if (!isOwner) {
    return (
      <div className="card">
        <Empty icon="key" title={t.ownersOnly}>
          <p>{t.ownersOnlyAbout}</p>
        </Empty>
      </div>
    );
  }
  // What one account has shown must not stay when another one is chosen.
  return (
    <div className="stack" key={sid}>
      <KeyList sid={sid} />
      <AuthTokenCard sid={sid} />
    </div>
  );
}
