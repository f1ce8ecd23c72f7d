// Routes below an account that only its owners call: keys and what is like them. In one place: who may call, for which account,
// and that no cache keeps an answer with a secret in it.

import type { FastifyInstance, FastifyRequest, FastifySchema } from "fastify";
import type { z } from "zod";
import type { Principal } from "../../core/access/principal.ts";
import type { AccountSid } from "../../core/ids.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import { actorFor } from "./auth.ts";
import { commonErrors, nothing, type problem } from "./schema.ts";

interface Described<Params> {
  readonly summary: string;
  readonly description?: string;
  /** Names the account as `sid`. */
  readonly params: Params;
  /** Beside those that every route may answer. */
  readonly errors?: Readonly<Record<number, ReturnType<typeof problem>>>;
}

type Parameters = z.ZodType<{ readonly sid: string }>;
type Replying<Params, Reply> = Described<Params> & { readonly reply: Reply };
type Taking<Params, Body, Reply> = Replying<Params, Reply> & { readonly body: Body };

export interface OwnerCall<Params> {
  readonly actor: { readonly principal: Principal; readonly accountSid: AccountSid };
  readonly params: Params;
  readonly request: FastifyRequest;
}

type Reading<Params, Query> = OwnerCall<Params> & { readonly query: Query };
type Changing<Params, Body> = OwnerCall<Params> & { readonly body: Body };

interface OwnerRoutesDeps {
  readonly authenticator: Authenticator;
  readonly tag: string;
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Handlers get what has been parsed; what they resolve to is the answer. */
export function ownerRoutes(app: FastifyInstance, { authenticator, tag }: OwnerRoutesDeps) {
  function add(
    [method, url, status]: readonly [Method, string, number],
    { errors, ...schema }: FastifySchema & { readonly errors?: Described<unknown>["errors"] },
    [reply, work]: readonly [z.ZodType, (call: OwnerCall<never> & { body: never; query: never }) => Promise<unknown>],
  ): void {
    app.route({
      method,
      url,
      config: { roles: ["owner"] },
      schema: { tags: [tag], ...schema, response: { [status]: reply, ...errors, ...commonErrors } } as FastifySchema,
      handler: async (request, answer) => {
        // Of the types that the schemas say: they have been validated by them.
        const [params, body, query] = [request.params as never, request.body as never, request.query as never];
        const actor = await actorFor(authenticator, request, (request.params as { readonly sid: string }).sid);
        const result = await work({ actor, params, body, query, request });
        if (method !== "GET") answer.header("cache-control", "no-store");
        return answer.code(status).send(status === 204 ? null : result);
      },
    });
  }

  return {
    /** GET */
    read<P extends Parameters, Q extends z.ZodType, R extends z.ZodType>(
      url: string,
      { reply, query, ...schema }: Replying<P, R> & { readonly query?: Q },
      work: (call: Reading<z.output<P>, z.output<Q>>) => Promise<z.output<R>>,
    ): void {
      add(["GET", url, 200], { ...schema, ...(query === undefined ? {} : { querystring: query }) }, [reply, work]);
    },
    /** POST that makes something: 201 */
    make<P extends Parameters, B extends z.ZodType, R extends z.ZodType>(
      url: string,
      { reply, ...schema }: Taking<P, B, R>,
      work: (call: Changing<z.output<P>, z.output<B>>) => Promise<z.output<R>>,
    ): void {
      add(["POST", url, 201], schema, [reply, work]);
    },
    /** POST without a body that does something: 200 */
    act<P extends Parameters, R extends z.ZodType>(
      url: string,
      { reply, ...schema }: Replying<P, R>,
      work: (call: OwnerCall<z.output<P>>) => Promise<z.output<R>>,
      status: 200 | 201 = 200,
    ): void {
      add(["POST", url, status], schema, [reply, work]);
    },
    /** PATCH */
    change<P extends Parameters, B extends z.ZodType, R extends z.ZodType>(
      url: string,
      { reply, ...schema }: Taking<P, B, R>,
      work: (call: Changing<z.output<P>, z.output<B>>) => Promise<z.output<R>>,
    ): void {
      add(["PATCH", url, 200], schema, [reply, work]);
    },
    /** DELETE: 204 */
    remove<P extends Parameters>(
      url: string,
      schema: Described<P>,
      work: (call: OwnerCall<z.output<P>>) => Promise<void>,
    ): void {
      add(["DELETE", url, 204], schema, [nothing, work]);
    },
  };
}

type Given<Changes> = { readonly [Field in keyof Changes]?: Exclude<Changes[Field], undefined> };

/** What a caller has given: what is absent is absent, not undefined. */
export function givenIn<Changes extends object>(body: Changes): Given<Changes> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Given<Changes>;
}
