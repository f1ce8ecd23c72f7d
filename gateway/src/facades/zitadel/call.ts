// One call of the service, however it came: permission, fields, the work, the answer. Its only errors are ConnectErrors.

import type { DescMethod, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { getOption } from "@bufbuild/protobuf";
import type { Logger } from "pino";
import { type Caller, demandPermission } from "./auth.ts";
import { toConnectError } from "./errors.ts";
import { AdminService } from "./generated/zitadel/admin_pb.js";
import { auth_option as authOption } from "./generated/zitadel/options_pb.js";
import { validate } from "./validation.ts";

/** No request of this service needs more. */
export const messageBytesMax = 64 * 1024;

type Methods = (typeof AdminService)["method"];

/** The work of each method, on a request whose fields are right, for a caller who may. */
export type Handlers = {
  readonly [Name in keyof Methods]: (
    request: MessageShape<Methods[Name]["input"]>,
    caller: Caller,
  ) => Promise<MessageInitShape<Methods[Name]["output"]>>;
};

export type Call = (
  method: DescMethodUnary,
  request: MessageShape<DescMethodUnary["input"]>,
  caller: Caller,
  requestId: string,
) => Promise<MessageInitShape<DescMethodUnary["output"]>>;

/** All of them take one request and give one answer. */
export const methods: readonly DescMethodUnary[] = AdminService.methods.map((method) => {
  if (method.methodKind !== "unary") throw new Error(`${method.name} is not unary`);
  return method as DescMethodUnary;
});

/** What the method demands of its caller. */
function permissionOf(method: DescMethod): string {
  return getOption(method, authOption).permission;
}

export function createCall(handlers: Handlers, log: Logger): Call {
  // Each method is only ever called with its own request.
  const work = handlers as unknown as Readonly<
    Record<string, (request: unknown, caller: Caller) => Promise<MessageInitShape<DescMethodUnary["output"]>>>
  >;
  return async (method, request, caller, requestId) => {
    try {
      demandPermission(caller, permissionOf(method));
      validate(method.input, request);
      const handler = work[method.localName];
      if (handler === undefined) throw new Error(`nobody does ${method.name}`);
      return await handler(request, caller);
    } catch (error) {
      throw toConnectError(log, error, requestId);
    }
  };
}
