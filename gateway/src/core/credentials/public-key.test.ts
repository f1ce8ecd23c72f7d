import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { importPublicKey, readPublicKey } from "./public-key.ts";

const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent });
const spki = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;
const pair = rsa(2048);
const pem = spki(pair.publicKey);
const base64 = pem.replace(/-----[^-]+-----|\s/g, "");

describe("a public key", () => {
  it.each([
    ["as openssl writes it", pem],
    ["with Windows line ends and blank lines around it", `\r\n${pem.replaceAll("\n", "\r\n")}\r\n`],
    ["with its line breaks stripped", pem.replaceAll("\n", "")],
    ["with spaces for line breaks", pem.replaceAll("\n", " ")],
  ])("is taken %s", (_how, text) => {
    expect(importPublicKey(readPublicKey(text)).equals(pair.publicKey)).toBe(true);
  });

  it.each([
    ["text", "no key", "public-key-invalid"],
    ["an empty envelope", "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----", "public-key-invalid"],
    [
      "base64 of something else",
      `-----BEGIN PUBLIC KEY-----${"AAAA".repeat(80)}-----END PUBLIC KEY-----`,
      "public-key-invalid",
    ],
    ["a key without its envelope", base64, "public-key-invalid"],
    ["a key that was cut", pem.replace(base64.slice(60, 64), ""), "public-key-invalid"],
    ["PKCS#1", pair.publicKey.export({ type: "pkcs1", format: "pem" }) as string, "public-key-invalid"],
    ["a private key", pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string, "public-key-invalid"],
    ["more than a key", pem + pem, "public-key-invalid"],
    [
      "an elliptic curve",
      spki(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey),
      "public-key-algorithm-unsupported",
    ],
    ["Ed25519", spki(generateKeyPairSync("ed25519").publicKey), "public-key-algorithm-unsupported"],
    ["1024 bits", spki(rsa(1024).publicKey), "public-key-length-unsupported"],
    ["3072 bits", spki(rsa(3072).publicKey), "public-key-length-unsupported"],
    ["another exponent", spki(rsa(2048, 3).publicKey), "public-key-exponent-unsupported"],
  ])("that is %s is refused", (_what, text, code) => {
    expect(() => readPublicKey(text)).toThrow(expect.objectContaining({ code }));
  });
});
