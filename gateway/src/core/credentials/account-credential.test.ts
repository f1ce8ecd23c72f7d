import { describe, expect, it } from "vitest";
import { readAwsCredentials } from "./account-credential.ts";

describe("AWS credentials", () => {
  it.each([
    ["AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE"],
    [" AKIA:a/b+c= \n", "AKIA"],
  ])("are an id and a secret: %j", (text, accessKeyId) => {
    expect(readAwsCredentials(text)).toEqual({
      accessKeyId,
      secretAccessKey: text.trim().slice(accessKeyId.length + 1),
    });
  });

  it.each(["", "AKIA", "AKIA:", ":secret", "a:b:c", "a b:c", "a:b c", `a:${"x".repeat(257)}`, "ü:x"])(
    "are not %j",
    (text) => {
      expect(() => readAwsCredentials(text)).toThrow(expect.objectContaining({ code: "aws-credentials-invalid" }));
    },
  );
});
