// Why something that was asked for was refused: the gateway's words, the code of Twilio's where a message has one, and where
// to change what refused it.

import { Link } from "@tanstack/react-router";
import { ApiError, messageOf } from "../api/client.ts";
import { refusalCodes, refusals as t } from "../texts/refusals.ts";

export function Refusal({ error }: { readonly error: unknown }) {
  const code = error instanceof ApiError ? refusalCodes[error.code] : undefined;
  return (
    <>
      {code === undefined ? null : <strong className="number">{code} </strong>}
      {messageOf(error)}
      {code === refusalCodes["region-not-enabled"] && code !== undefined ? (
        <>
          {" "}
          <Link to="/protection" search={{ tab: "countries" }}>
            {t.countries}
          </Link>
        </>
      ) : null}
    </>
  );
}
