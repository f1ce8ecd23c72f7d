// Consents in and out as CSV. An import can be tried out first; the file goes to the gateway as it is and is never held here.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { authorizedFetch, errorOf } from "../../api/client.ts";
import { apiAddress, downloadFile } from "../../api/download.ts";
import type { paths } from "../../api/generated/api.d.ts";
import { useMay } from "../../api/use-session.ts";
import { consent as t } from "../../texts/consent.ts";
import { fill } from "../../texts/fill.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Card } from "../../ui/page.tsx";
import { Notice } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";

type ImportResult = paths["/trunkline/v1/consents/import"]["post"]["responses"][200]["content"]["application/json"];

async function send(file: File, parameters: Readonly<Record<string, string>>): Promise<ImportResult> {
  const url = apiAddress("/trunkline/v1/consents/import", parameters);
  const request = new Request(url, { method: "POST", body: file, headers: { "content-type": "text/csv" } });
  const response = await authorizedFetch(request);
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw errorOf(response.status, body);
  return body as ImportResult;
}

export function Transfer() {
  const mayOperate = useMay("operate");
  const save = useMutation({
    mutationFn: () => downloadFile("/trunkline/v1/consents.csv", {}, "consents.csv"),
    onError: sayFailure,
  });
  return (
    <div className="columns">
      {mayOperate ? <Import /> : null}
      <Card title={t.export} about={t.exportAbout}>
        <Button isPending={save.isPending} onPress={() => save.mutate()}>
          {t.download}
        </Button>
      </Card>
    </div>
  );
}

function Import() {
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [consentedAt, setConsentedAt] = useState("");
  const transfer = useMutation({
    mutationFn: (dryRun: boolean) => {
      const at = consentedAt.trim();
      return send(file ?? new File([], ""), { dryRun: String(dryRun), ...(at === "" ? {} : { consentedAt: at }) });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["consents"] });
      await client.invalidateQueries({ queryKey: ["consent-history"] });
    },
    onError: sayFailure,
  });
  return (
    <Card title={t.import} about={t.importAbout}>
      <div className="stack">
        <div className="row">
          <FileTrigger acceptedFileTypes={[".csv", "text/csv"]} onSelect={(files) => setFile(files?.[0] ?? null)}>
            <Button>{t.file}</Button>
          </FileTrigger>
          <span className="clip dim">{file?.name}</span>
        </div>
        <TextField label={t.consentedAt} hint={t.consentedAtHint} value={consentedAt} onChange={setConsentedAt} />
        <div className="row wrap">
          <Button isDisabled={file === null} isPending={transfer.isPending} onPress={() => transfer.mutate(true)}>
            {t.dryRun}
          </Button>
          <Button
            look="primary"
            isDisabled={file === null}
            isPending={transfer.isPending}
            onPress={() => transfer.mutate(false)}
          >
            {t.run}
          </Button>
        </div>
        {transfer.data === undefined ? null : <Result result={transfer.data} />}
      </div>
    </Card>
  );
}

function Result({ result }: { readonly result: ImportResult }) {
  const { dryRun, rows, changed, unchanged, rejected, errors, ignoredColumns } = result;
  const counts = Object.entries({ rows, changed, unchanged, rejected }).map(([name, count]) => [
    name,
    formatNumber(count),
  ]);
  return (
    <Notice tone={rejected > 0 ? "warn" : "good"}>
      {dryRun ? <p>{t.dryResult}</p> : null}
      <p>{fill(t.result, Object.fromEntries(counts))}</p>
      <ul>
        {errors.slice(0, 20).map(({ line, field, message }) => (
          <li key={`${line} ${field}`}>{fill(t.line, { line, field, message })}</li>
        ))}
      </ul>
      {ignoredColumns.length === 0 ? null : <p>{fill(t.ignored, { columns: ignoredColumns.join(", ") })}</p>}
    </Notice>
  );
}
